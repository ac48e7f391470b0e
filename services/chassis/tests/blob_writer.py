"""A process that writes files: without end, to be killed; or of 100 MB, to say how much memory that took."""

import asyncio
import os
import resource
import sys
from collections.abc import AsyncIterator

from chassis.blobs import PIECE_BYTES, Blobs, BlobUrl

_MEGABYTE = 1024 * 1024


async def without_end() -> AsyncIterator[bytes]:
    """Says so when two pieces are written."""
    for number in range(10_000):
        yield bytes(PIECE_BYTES)
        if number == 2:
            print("written", flush=True)


async def megabytes(count: int) -> AsyncIterator[bytes]:
    """So many."""
    for _ in range(count):
        yield bytes(_MEGABYTE)


async def there_and_back(blobs: Blobs, count: int) -> int:
    """Write and read a file of so many megabytes; the highest memory of the process by then, in kB."""
    blob = await blobs.write(f"size/{count}", megabytes(count), max_bytes=count * _MEGABYTE)
    read = sum([len(chunk) async for chunk in blobs.read(blob)])
    if read != blob.size:
        raise ValueError(read)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def main() -> None:
    """With a second argument, measure."""
    blobs = Blobs(BlobUrl.parse(sys.argv[1]))
    if len(sys.argv) == 2:
        await blobs.write("endless", without_end(), max_bytes=10_000 * PIECE_BYTES)
    else:
        small = await there_and_back(blobs, 8)
        print((await there_and_back(blobs, 100) - small) / 1024)


asyncio.run(main())
sys.stdout.flush()
# The store's threads hand a result over and let go of it a moment later. CPython before 3.14 ends a thread that asks
# for the GIL of an interpreter that is on its way out, which Rust takes for a fault: 3 of 100 such processes aborted.
os._exit(0)
