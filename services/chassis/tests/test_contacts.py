"""Email addresses and phone numbers in one form."""

import pytest

from chassis.contacts import kind_of, mask, national, normalise, normalise_email, normalise_office, normalise_phone


@pytest.mark.parametrize(
    ("written", "one_form"),
    [
        (" Ana.Diaz@Example.ORG ", "ana.diaz@example.org"),
        ("ａｄｍｉｎ@example.org", "admin@example.org"),
        ("ana＠example。org", "ana@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
    ],
)
def test_email(written, one_form):
    """ID-01, CASE-S16: an address is stored in lower case with an ASCII domain, however its letters were typed."""
    assert normalise_email(written) == one_form


@pytest.mark.parametrize(
    "written",
    [
        *("", "ana", "ana@", "@example.org", "a b@example.org", "ana@example", "a@b@c.org", "a\r\n@b.org"),
        *("josé@example.org", "用户@example.org", "m\u0430ria@example.org"),  # the second letter is Cyrillic
    ],
)
def test_no_email(written):
    """CASE-A1: what our mail cannot reach by its form is refused."""
    with pytest.raises(ValueError, match=r"."):
        normalise_email(written)


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("(202) 555-0123", "US", "+12025550123"),
        ("+34 612 34 56 78", "US", "+34612345678"),
        ("0412 345 678", "AU", "+61412345678"),
        ("+44 7400 123456", "US", "+447400123456"),
        ("07400 123456", "GB", "+447400123456"),
        ("＋１ (202) 555-0123", "US", "+12025550123"),
        ("+52 1 55 1234 5678", "US", "+525512345678"),
        ("0052-1-55-1234-5678", "ES", "+525512345678"),
    ],
)
def test_phone(written, country, e164):
    """ID-01, CASE-A8, CASE-M17: without a country code it is read with the organization's; Mexico's old 1 goes."""
    assert normalise_phone(written, country=country) == e164


@pytest.mark.parametrize(
    "written",
    [
        *("", "12", "phone", "+1 202 555 01234 9999", "²³"),
        *("555-0123", "000-000-0000", "111-111-1111", "123-456-7890", "(911) 555-0123", "+2025550123"),
        "202-555-0199 ext. 5",
        *("+1 900 555 0123", "+1 800 555 0123"),
    ],
)
def test_no_phone(written):
    """CASE-A6, CASE-A7, CASE-S8: what nobody has, an extension, and what costs its caller money are refused."""
    with pytest.raises(ValueError, match=r"."):
        normalise_phone(written, country="US")


def test_kind_and_mask():
    """AP-08: a masked contact is recognised by its owner and tells nobody else."""
    for written, kind, masked in (
        ("maria@example.org", "EMAIL", "m•••@example.org"),
        ("202 555 0123", "SMS", "+1••••••••23"),
    ):
        contact = normalise(written, country="US")
        assert (kind_of(contact), mask(contact)) == (kind, masked)


@pytest.mark.parametrize(
    ("written", "country", "one_form", "shown"),
    [
        ("(312) 555-0100", "US", "+13125550100", "(312) 555-0100"),
        ("1-800-555-0100", "US", "+18005550100", "(800) 555-0100"),
        ("020 7946 0018", "GB", "+442079460018", "020 7946 0018"),
    ],
)
def test_the_number_of_an_office(written, country, one_form, shown):
    """CASE-U6: an organization's number may be a landline or a free one, and is shown as its country writes it."""
    assert one_form == normalise_office(written, country=country)
    assert shown == national(one_form)


@pytest.mark.parametrize("written", ["", "call us", "900-555-0199", "(312) 555-0100 ext. 7", "12345", "+1 312 555"])
def test_no_number_of_an_office(written):
    """CASE-U6, CASE-M14: what nobody can call, costs extra or has an extension is no organization's number."""
    with pytest.raises(ValueError, match=r"phone number|not|The string"):
        normalise_office(written, country="US")
