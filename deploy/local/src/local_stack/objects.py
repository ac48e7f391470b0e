"""What a SeaweedFS of the stack's keeps, object by object, as a backup copies it and a restore puts it back."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from local_stack.ports import LOOPBACK

_ROOT = "/buckets"
_PAGE = 1000
_IS_FOLDER = 1 << 31
_PATIENCE_SECONDS, _PAUSE_SECONDS = 60.0, 0.2
"""A server listens before it finds again what it keeps."""
T = TypeVar("T")


class Objects:
    """All objects of all buckets, by the plain HTTP of the server's filer."""

    def __init__(self, filer_port: int) -> None:
        self._http = httpx.Client(base_url=f"http://{LOOPBACK}:{filer_port}", timeout=30, trust_env=False)

    def __enter__(self) -> "Objects":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def paths(self, folder: str = "") -> Iterator[str]:
        """`bucket/key` of each, in order; not of uploads that are under way."""
        last = ""
        while True:
            page = _patiently(partial(self._listed, folder, last))
            for entry in page:
                last = entry["FullPath"].rpartition("/")[2]
                path = f"{folder}/{last}".removeprefix("/")
                if not entry["Mode"] & _IS_FOLDER:
                    yield path
                elif last != ".uploads":
                    yield from self.paths(path)
            if len(page) < _PAGE:
                return

    def read(self, path: str) -> bytes | None:
        """The bytes of one, which are at most a piece of a file; None when it was deleted meanwhile."""

        def read() -> bytes | None:
            answer = self._http.get(_address(path))
            return None if answer.status_code == httpx.codes.NOT_FOUND else answer.raise_for_status().content

        return _patiently(read)

    def write(self, path: str, content: bytes) -> None:
        """Keep one, in whatever bucket."""
        _patiently(lambda: self._http.put(_address(path), content=content).raise_for_status())

    def _listed(self, folder: str, last: str) -> list[dict[str, Any]]:
        query = {"limit": str(_PAGE), "lastFileName": last}
        answer = self._http.get(f"{_address(folder)}/", params=query, headers={"accept": "application/json"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return []
        entries: list[dict[str, Any]] = answer.raise_for_status().json()["Entries"] or []
        return entries


def _address(path: str) -> str:
    return quote(f"{_ROOT}/{path}".rstrip("/"))


def _patiently(call: Callable[[], T]) -> T:
    """What the server answers once it can; whatever it says at last when it cannot."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return call()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
