"""Components that somebody else operates."""

import pytest

from local_stack.external import External
from local_stack.sms import SmsAccount


def test_without_variables_everything_is_the_stacks_own() -> None:
    """OP-01: nothing has to be set; an empty variable is none."""
    assert External() == External.from_environment({"PORTICO_STACK_NATS_URL": "", "HOME": "/home/ana"})


def test_each_component_is_replaced_by_setting_its_url() -> None:
    """OP-01: every component can be replaced by an external one."""
    external = External.from_environment(
        {
            "PORTICO_STACK_POSTGRES_URL": "postgresql://root:s%40fe@db.example:5433",
            "PORTICO_STACK_NATS_URL": "nats://portico:secret@nats.example:4222",
            "PORTICO_STACK_SMTP_URL": "smtp://mail.example:25",
            "PORTICO_STACK_SMS_URL": "https://AC1:to%2Fken@api.example:8443/base",
            "PORTICO_SCANNER_URL": "tcp://clamd.example:3310",
            "PORTICO_BLOB_URL": "s3://files.example/portico?region=eu-west-1",
            "PORTICO_STACK_OTLP_ENDPOINT": "http://otlp.example:4318",
        }
    )
    assert external.postgres is not None
    assert "postgresql://root:s%40fe@db.example:5433/postgres" == str(external.postgres.admin)
    assert "nats://portico:secret@nats.example:4222" == external.nats_url
    assert "smtp://mail.example:25" == external.smtp_url
    assert SmsAccount(url="https://api.example:8443/base", account="AC1", token="to/ken") == external.sms
    assert "tcp://clamd.example:3310" == external.scanner_url
    assert "s3://files.example/portico?region=eu-west-1" == external.blob_url
    assert "http://otlp.example:4318" == external.otlp_endpoint


@pytest.mark.parametrize(
    ("name", "url"),
    [("PORTICO_STACK_SMS_URL", "https://api.example"), ("PORTICO_STACK_POSTGRES_URL", "mysql://u:p@db.example")],
)
def test_a_wrong_url_is_named(name: str, url: str) -> None:
    """OP-03: a wrong setting says which one it is and what it should look like."""
    with pytest.raises(ValueError, match=rf"{name} looks like"):
        External.from_environment({name: url})
