"""What a scan makes of a file, whatever it is for (CM-12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from casemanager.files.domain.scans import Answer, ScanVerdict, pause_after
from casemanager.files.domain.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the scanner said of a file as it was at a version; no answer: it has said nothing."""

    version: int
    answer: Answer | None
    scanner: str


def scanned(asked: Asked, attempts: int, now: datetime) -> Mapping[str, object]:
    """What is different of a file after so many attempts: its verdict, or when the scanner is asked again."""
    if asked.answer is None:
        return {"scan_attempts": attempts, "next_scan_time": now + pause_after(attempts)}
    return {
        "state": State.CLEAN if asked.answer.verdict is ScanVerdict.OK else State.QUARANTINED,
        "verdict": asked.answer.verdict,
        "signature": asked.answer.signature,
        "scanner": asked.scanner,
        "scan_time": now,
        "scan_attempts": attempts,
        "next_scan_time": None,
    }
