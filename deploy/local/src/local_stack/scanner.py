"""A scanner for laptops and tests: it speaks clamd's protocol and finds one harmless text, that of EICAR.

In its own process: `python -m local_stack.scanner PORT`.
"""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from local_stack.ports import LOOPBACK, is_listening
from local_stack.processes import Child, Program

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""In two parts, so that no scanner takes this file for one: https://www.eicar.org/download-anti-malware-testfile."""
NAME = "Test scanner of the local stack"
_MAX_STREAM_BYTES = 110 * 1024 * 1024
_MAX_COMMAND_BYTES = 100


@dataclass(frozen=True, slots=True)
class TestScanner:
    """Where it listens."""

    port: int

    @property
    def url(self) -> str:
        """The setting of a service that has files scanned."""
        return f"tcp://{LOOPBACK}:{self.port}"


def prepare_scanner(scanner: TestScanner, *, log: Path) -> Child:
    """The scanner, not started yet."""
    program = Program(
        name="scanner",
        command=[sys.executable, "-m", "local_stack.scanner", str(scanner.port)],
        log=log,
        is_ready=lambda: is_listening(scanner.port),
    )
    return Child(program)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        match await reader.readuntil(b"\0"):
            case b"zPING\0":
                answer = "PONG"
            case b"zVERSION\0":
                answer = NAME
            case b"zINSTREAM\0":
                answer = await _scanned(reader)
            case _:
                answer = "UNKNOWN COMMAND"
        writer.write(answer.encode("ascii") + b"\0")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return
    finally:
        writer.close()


async def _scanned(reader: asyncio.StreamReader) -> str:
    """What it says of the file that follows: pieces, each behind its length, and a length of 0 at the end."""
    left, tail, found = _MAX_STREAM_BYTES, b"", False
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        left -= length
        if left < 0:
            return "INSTREAM size limit exceeded. ERROR"
        piece = tail + await reader.readexactly(length)
        found = found or EICAR in piece
        tail = piece[-len(EICAR) :]
    return "stream: Eicar-Test-Signature FOUND" if found else "stream: OK"


async def _serve(port: int) -> None:
    server = await asyncio.start_server(_answer, LOOPBACK, port, limit=_MAX_COMMAND_BYTES)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
