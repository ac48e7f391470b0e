"""Email addresses and phone numbers in one form."""

import pytest

from chassis.contacts import kind_of, mask, normalise, normalise_email, normalise_phone


@pytest.mark.parametrize(
    ("written", "one_form"),
    [
        (" Ana.Diaz@Example.ORG ", "ana.diaz@example.org"),
        ("josé@example.org", "josé@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
    ],
)
def test_email(written, one_form):
    """ID-01: an address is stored in lower case with an ASCII domain."""
    assert normalise_email(written) == one_form


@pytest.mark.parametrize(
    "written", ["", "ana", "ana@", "@example.org", "a b@example.org", "ana@example", "a@b@c.org", "a\r\n@b.org"]
)
def test_no_email(written):
    """What cannot receive mail by its form is refused."""
    with pytest.raises(ValueError, match=r"."):
        normalise_email(written)


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("(202) 555-0123", "US", "+12025550123"),
        ("+34 612 34 56 78", "US", "+34612345678"),
        ("0412 345 678", "AU", "+61412345678"),
    ],
)
def test_phone(written, country, e164):
    """ID-01: a number without a country code is read with the organization's country."""
    assert normalise_phone(written, country=country) == e164


@pytest.mark.parametrize("written", ["", "12", "phone", "+1 202 555 01234 9999", "²³"])
def test_no_phone(written):
    """A number that cannot exist is refused."""
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
