"""The committed document is the one that the protos give."""

from pathlib import Path

from gateway import openapi
from gateway.contract import Contract

ROOT = Path(__file__).parents[2]


def test_the_committed_document_is_up_to_date() -> None:
    """GW-02: `gateway/openapi.json` is what the gateway serves at `/openapi.json`."""
    built = openapi.as_text(openapi.build(Contract.read(ROOT / "protos/build/portico.binpb")))

    assert built == (ROOT / "gateway/openapi.json").read_text(encoding="utf-8"), "Run `make documents` and commit it."
