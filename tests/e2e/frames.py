"""HTTP/2 by hand (RFC 9113), for what no client would send."""

import asyncio
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, RESET, SETTINGS = 1, 3, 4
END_STREAM, END_HEADERS = 1, 4
CANCEL = 8


def frame(kind: int, stream: int, payload: bytes = b"", *, flags: int = 0) -> bytes:
    """One frame."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def field(name: str, value: str) -> bytes:
    """One header that no table knows (RFC 7541, 6.2.2)."""
    raw_name, raw_value = name.encode(), value.encode()
    return b"\0" + bytes([len(raw_name)]) + raw_name + bytes([len(raw_value)]) + raw_value


def request(stream: int, path: str) -> bytes:
    """GET, whole in one frame."""
    headers = {":method": "GET", ":scheme": "http", ":path": path, ":authority": "x"}
    block = b"".join(field(name, value) for name, value in headers.items())
    return frame(HEADERS, stream, block, flags=END_STREAM | END_HEADERS)


def reset(stream: int) -> bytes:
    """The client does not want the answer any more."""
    return frame(RESET, stream, struct.pack(">I", CANCEL))


async def frames(reader: asyncio.StreamReader) -> list[int]:
    """The kinds of all frames until the other side hangs up."""
    kinds = []
    try:
        while True:
            head = await reader.readexactly(9)
            kinds.append(head[3])
            await reader.readexactly(int.from_bytes(head[:3], "big"))
    except (asyncio.IncompleteReadError, ConnectionError):
        return kinds
