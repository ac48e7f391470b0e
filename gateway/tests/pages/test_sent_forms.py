"""Forms with files are read as they come, whichever way the network cuts them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect, Request

from chassis.errors import InvalidArgument
from portal.core.forms import FormTooLarge
from portal.core.uploads import SentForm

BOUNDARY = "7d1c"
NAMES = st.text(alphabet=st.characters(codec="utf-8", exclude_characters='"\r\n%'), min_size=1, max_size=20)
CONTENTS = st.binary(max_size=200) | st.sampled_from([b"\r\n--7d1", b"\r\n\r\n--", b"--7d1c", b"\r", b"\n" * 9])


def body_of(fields: dict[str, str], files: Iterable[tuple[str, bytes]]) -> bytes:
    """What a browser sends."""
    parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts += [(f'name="file"; filename="{name}"\r\nContent-Type: a/b', content) for name, content in files]
    heads = [(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode(), each) for head, each in parts]
    return b"".join(head + content + b"\r\n" for head, content in heads) + f"--{BOUNDARY}--\r\n".encode()


def sent(body: bytes, size: int, *, is_cut: bool = False, max_bytes: int = 10_000) -> SentForm:
    """The form, in pieces of this size; `is_cut`: its sender leaves before the end."""
    pieces = [body[begin : begin + size] for begin in range(0, len(body), size)]
    waiting = [
        {"type": "http.request", "body": piece, "more_body": is_cut or place < len(pieces)}
        for place, piece in enumerate(pieces, start=1)
    ]

    async def receive() -> dict[str, object]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    headers = [(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())]
    return SentForm(Request({"type": "http", "method": "POST", "headers": headers}, receive), max_bytes=max_bytes)


async def files_of(form: SentForm, size: int) -> list[tuple[str, bytes]]:
    """Its files, read in pieces of this size."""
    found = []
    async for file in form:
        content = b""
        while piece := await file.read(size):
            content += piece
        found.append((file.name, content))
    return found


@given(files=st.lists(st.tuples(NAMES, CONTENTS), max_size=3), cut=st.integers(1, 90), size=st.integers(1, 90))
@example(files=[("a", b"\r\n--7d1"), ("b", b"")], cut=1, size=1)
async def test_what_was_sent_is_what_is_read(files: list[tuple[str, bytes]], cut: int, size: int) -> None:
    """CM-12: fields and files come out as they went in, wherever the network cuts them, whatever is in them."""
    form = sent(body_of({"kind": "CONSENT", "note": "Sí\r\n"}, files), cut)

    assert {"kind": "CONSENT", "note": "Sí\r\n"} == (await form.fields()).values
    assert files == await files_of(form, size)


async def test_a_file_that_is_passed_over() -> None:
    """CM-12: whoever reads a part of a file, or none of it, gets the next one whole."""
    form = sent(body_of({}, [("a", b"x" * 500), ("", b""), ("b", b"y" * 500), ("c", b"z" * 5)]), 7)
    await form.fields()

    read = [(file.name, await file.read(3)) async for file in form if file.name != "a"]

    assert [("b", b"yyy"), ("c", b"zzz")] == read


async def test_a_sender_who_leaves() -> None:
    """CM-12: who leaves in the midst of a file is gone, and no part of it is taken for the whole."""
    form = sent(body_of({}, [("a", b"x" * 500)])[:200], 50, is_cut=True)
    await form.fields()
    with pytest.raises(ClientDisconnect):
        await files_of(form, 10)
    await form.discard()


async def test_a_form_that_is_cut() -> None:
    """CM-12: a body that ends before its last boundary is no form, however its length was stated."""
    form = sent(body_of({}, [("a", b"x" * 500)])[:200], 50)
    await form.fields()
    with pytest.raises(InvalidArgument):
        await files_of(form, 10)


async def test_a_form_that_is_too_long() -> None:
    """CM-12: what is longer than it may be is refused while it comes."""
    form = sent(body_of({}, [("a", b"x" * 5000)]), 50, max_bytes=1000)
    await form.fields()
    with pytest.raises(FormTooLarge):
        await files_of(form, 10)


async def test_the_rest_of_a_form_that_is_too_long() -> None:
    """CM-12: it is read all the same, though not for ever: who answers in the midst of it may not be heard."""
    form = sent(body_of({}, [("a", b"x" * 5000)]), 50, max_bytes=1000)
    await form.fields()
    with pytest.raises(FormTooLarge):
        await files_of(form, 10)

    await form.discard()

    with pytest.raises(InvalidArgument) as cut:
        await files_of(form, 10)
    assert cut.type is InvalidArgument, "nothing is left that could be too long"


@pytest.mark.parametrize(
    "body", [b"nothing of the kind", b"--7d1c\r\nno header\r\n\r\n", b"--7d1c\r\n" + b"a: b\r\n" * 900]
)
async def test_what_is_no_form(body: bytes) -> None:
    """PO-01: rubbish is refused as such."""
    with pytest.raises(InvalidArgument):
        await sent(body, 50, max_bytes=100_000).fields()
