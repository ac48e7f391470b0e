import pytest
from portico_errors.notifications import SealedValuesUnreadable, SmsTooLong, TemplateNotFound, TemplateValuesInvalid

from chassis.secrets import Opener, Sealer
from notifications.shared.domain import Channel
from notifications.templates.composition import Composer
from services.notifications.tests.servers import body, parsed
from services.notifications.tests.world import SEALER, composed, request_for

INVITATION = "FAMILY_INVITATION"
STRANGERS_KEY = b"\x01" * 32


def _reasons(composer: Composer, **changes: object) -> dict[str, str]:
    request = request_for(composer.catalogue.template(INVITATION, Channel.EMAIL), **changes)  # type: ignore[arg-type]
    with pytest.raises(TemplateValuesInvalid) as refused:
        composer.check(request)
    assert not [v for v in refused.value.violations if "evil" in v.description]
    return {violation.field: violation.reason for violation in refused.value.violations}


def test_values_are_those_that_the_template_declares(composer: Composer) -> None:
    """NT-02: values that are missing, undeclared or malformed are refused by name, all at once, never quoted."""
    values = {
        "guardian_name": "",
        "nickname": "evil",
        "organization_name": "x",
        "expire_time": "evil",
        "time_zone": "UTC",
    }
    assert {
        "values.application_number": "VALUE_MISSING",
        "values.expire_time": "VALUE_INVALID",
        "values.guardian_name": "VALUE_INVALID",
        "values.nickname": "VALUE_UNDECLARED",
    } == _reasons(composer, values=values)


def test_secrets_are_those_that_the_template_declares(composer: Composer) -> None:
    """NT-02: sealed values are checked as the others are, though they stay sealed in the table."""
    secrets = {"link": "https://evil.example/i/x", "token": "evil", "https://evil.example": "x"}
    assert {
        "sealed_values.code": "VALUE_MISSING",
        "sealed_values.link": "VALUE_INVALID",
        "sealed_values.token": "VALUE_UNDECLARED",
        "sealed_values.…": "VALUE_UNDECLARED",
    } == _reasons(composer, secrets=secrets)


@pytest.mark.parametrize(
    "sealed",
    [b"garbage", Sealer(STRANGERS_KEY).seal({"link": "x"}), SEALER.seal({})[:-1]],
    ids=["garbage", "for another key", "damaged"],
)
def test_unreadable_box_is_refused(composer: Composer, sealed: bytes) -> None:
    """NT-08: a sealed box that does not open is refused."""
    template = composer.catalogue.template(INVITATION, Channel.EMAIL)
    with pytest.raises(SealedValuesUnreadable):
        composer.check(request_for(template, sealed_values=sealed))


def test_unknown_template_is_refused(composer: Composer) -> None:
    """NT-02: a request for a template that is not there is refused."""
    template = composer.catalogue.template(INVITATION, Channel.EMAIL)
    with pytest.raises(TemplateNotFound):
        composer.check(request_for(template, template="FAMILY_INVITE"))


def test_long_sms_is_refused(composer: Composer) -> None:
    """NT-02: a text that would take more than four SMS parts is refused, with the number."""
    template = composer.catalogue.template(INVITATION, Channel.SMS)
    secrets = {
        **{name: template.sample[name] for name in template.sealed},
        "link": f"{composer.public_url}/{'x' * 500}",
    }
    with pytest.raises(SmsTooLong, match="The text takes 5 parts; 4 are allowed"):
        composer.check(request_for(template, secrets=secrets))


@pytest.mark.parametrize("channel", list(Channel))
def test_secrets_go_out_and_are_kept_masked(composer: Composer, channel: Channel) -> None:
    """NT-08: what goes out shows the secrets, what is kept shows masks in their places."""
    template = composer.catalogue.template(INVITATION, channel)
    message = composed(composer, request_for(template))
    sent = message.content.decode() if channel is Channel.SMS else body(parsed(message.content), "plain")
    link, code = template.sample["link"], "7K3QW-9XZ4M"
    assert [True, True] == [link in sent, code in sent]
    assert sent.replace(link, "••••").replace(code, "••••").split() == message.text.split()
    assert {link, code, template.sample["code"]} == set(message.secrets)


def test_message_without_secrets_needs_no_box(composer: Composer) -> None:
    """NT-08: a template without secrets is composed without a sealed box, even without a key that fits."""
    blind = Composer(
        catalogue=composer.catalogue,
        opener=Opener(STRANGERS_KEY),
        public_url=composer.public_url,
        mail_from="a@b.example",
    )
    request = request_for(blind.catalogue.template("FAMILY_UNLINKED", Channel.SMS))
    assert {} == blind.check(request).secrets
    assert composed(blind, request).text == composed(blind, request).content.decode()
