"""Secrets at rest and in flight."""

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey

from chassis.secrets import CROCKFORD, KeyedHash, Opener, Sealer, grouped, opaque_token, org_of, read_code, typed_code

KEY = PrivateKey.generate()


def test_hash_depends_on_key_purpose_and_value():
    """A keyed hash changes with the key, the purpose and the value, and with nothing else."""
    hashes, others = KeyedHash(b"a" * 32), KeyedHash(b"b" * 32)
    assert hashes("code", "X") == hashes("code", b"X")
    assert len({hashes("code", "X"), hashes("token", "X"), hashes("code", "Y"), others("code", "X")}) == 4
    assert len(hashes("code", "X")) == 32


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=200), max_size=5))
def test_sealed_values_open_again(values):
    """NT-08: what is sealed opens with the private key, and shows nothing before."""
    sealed = Sealer(bytes(KEY.public_key)).seal(values)
    assert Opener(bytes(KEY)).open(sealed) == values


def test_sealed_values_open_for_nobody_else():
    """NT-08: another key, or a changed byte, opens nothing."""
    sealed = Sealer(bytes(KEY.public_key)).seal({"code": "ABCDE-FGHJK"})
    assert b"ABCDE" not in sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for key, box in ((PrivateKey.generate(), sealed), (KEY, changed), (KEY, b"")):
        with pytest.raises(ValueError, match="another key"):
            Opener(bytes(key)).open(box)


@given(st.uuids())
def test_opaque_token_carries_its_organization(org_id):
    """AP-04: a token has 144 random bits and carries its organization."""
    token, another = opaque_token(org_id), opaque_token(org_id)
    assert org_of(token) == org_id
    assert token != another
    assert len(token) == 46


@given(st.text(max_size=60))
def test_whatever_is_no_token_is_refused(text):
    """A string that cannot be a token raises ValueError and nothing else."""
    with suppress(ValueError):
        assert isinstance(org_of(text), UUID)


@given(st.text(CROCKFORD, min_size=8, max_size=12), st.data())
def test_typed_code_survives_people(code, data):
    """AP-04: case, blanks and hyphens do not matter, and look-alikes read as what was meant."""
    look_alikes = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        data.draw(st.sampled_from(look_alikes.get(character, character + character.lower())))
        + data.draw(st.sampled_from(["", " ", "-"]))
        for character in grouped(code)
    )
    assert read_code(typed, len(code)) == code


@pytest.mark.parametrize("between", [*"-\u2013\u2011\u2014\u2212\u00a0\t\n\u200b\u200e ._/"])
def test_a_code_is_read_however_it_was_pasted(between):
    """CASE-A4: dashes and blanks of every kind, the full stop that follows it, full width and digits of any script."""
    code = typed_code(10)
    assert read_code(f"{code[:5]}{between}{code[5:]}.", 10) == code
    assert read_code("".join(chr(ord(each) + 0xFEE0) for each in code), 10) == code
    assert read_code("٠١٢٣٤٥٦٧٨٩", 10) == "0123456789"


@pytest.mark.parametrize("typed", ["", "ABC", "ABCDE-FGH1J2", "ABCDE-FGHJU", "ÄBCDE-FGHJK"])
def test_what_cannot_be_a_code_is_none(typed):
    """CASE-A4: too few, too many, and letters that no code has."""
    assert read_code(typed, 10) is None


def test_typed_codes_are_random():
    """AP-04: a code of ten characters holds fifty random bits of Crockford's base32."""
    codes = {typed_code(10) for _ in range(100)}
    assert len(codes) == 100
    assert all(len(code) == 10 and set(code) <= set(CROCKFORD) for code in codes)
