import pytest

from notifications.sending.redaction import scrubbed

LINK = "https://portico.example/i/AZfzNnBcc5yRLgxMk0v4"
CODE = "7K3QW9XZ4M"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("550 5.1.1 mailbox unavailable", "550 5.1.1 mailbox unavailable"),
        ("550 5.1.1 <maria.gomez@example.org>: User unknown", "550 5.1.1 <…>: User unknown"),
        ("550 no mailbox Maria.Gomez here", "550 no mailbox … here"),
        ("550-5.1.1 first\r\n550 second\n\tthird", "550-5.1.1 first 550 second third"),
        ("554 blocked: https://portico.example/i/AZfzNnBcc5yRLgxMk0v4", "554 blocked: …"),
        ("554 bad words azfznnbcc5yrlgxmk0v4 and 7k3qw-9xz4m", "554 bad words … and …"),
        ("554 7K3QW9XZ4M looks odd", "554 … looks odd"),
        ("452 see https://help.example/quota", "452 see …"),
        ("550 buz\udcf3n lleno \ud83d\udc4d", "550 buz n lleno"),
        ("x" * 300, "x" * 200),
    ],
)
def test_reply_to_an_email_is_scrubbed(words: str, expected: str) -> None:
    """NT-05: the reason holds the provider's words on one line, without address, links or secrets, however quoted."""
    secrets = [LINK, CODE, "7K3QW-9XZ4M"]
    assert expected == scrubbed(words, recipient="maria.gomez@example.org", secrets=secrets)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("400 21211: The 'To' number +12135550123 is not valid", "400 21211: The 'To' number … is not valid"),
        ("400 21211: (213) 555-0123 is not valid", "400 21211: … is not valid"),
        ("429 20429: Too Many Requests", "429 20429: Too Many Requests"),
    ],
)
def test_reply_to_an_sms_is_scrubbed(words: str, expected: str) -> None:
    """NT-05: the reason holds no phone number, however it is grouped."""
    assert expected == scrubbed(words, recipient="+12135550123", secrets=[])
