"""A form that was not served, as its session had ended or a service was away: kept in the answer, and shown again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from portal.core.forms import Form
from portal.core.seals import Seal

LIFE = 30 * 60.0
"""Seconds in which it is shown again."""
MAX_LENGTH = 16 * 1024
"""Characters of a sealed form; what is longer is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostForm:
    """Where it was sent, for whom, and what was typed; `expires` is in POSIX seconds.

    `request_id` is that of the call, which may have been done although no answer came.
    """

    path: str
    account_id: str
    values: Mapping[str, str]
    expires: float
    request_id: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether there is something to show again, or only a button to press."""
        return not self.values.keys() <= {"next"}


class LostForms:
    """Seals and opens them; `clock` gives POSIX seconds."""

    def __init__(self, seal: Seal, clock: Callable[[], float]) -> None:
        self._seal = seal
        self._clock = clock

    def sealed(self, path: str, form: Form) -> str:
        """The form without its secrets; empty when nobody's page it was, or when it is too long.

        One that was kept and is not shown again yet stays as it is.
        """
        if form["lost"] or not form["as"]:
            return form["lost"]
        lost = LostForm(
            path=path,
            account_id=form["as"],
            values=form.shown_again().values,
            expires=self._clock() + LIFE,
            request_id=form["request_id"],
        )
        sealed = self._seal.sealed(asdict(lost))
        return sealed if len(sealed) <= MAX_LENGTH else ""

    def opened(self, sealed: str, account_id: str) -> LostForm | None:
        """What was kept; None for what is not ours or too old, and for anybody but who typed it."""
        try:
            lost = LostForm(**self._seal.opened(sealed))
        except TypeError:  # sealed by us for something else
            return None
        return lost if lost.account_id == account_id and lost.expires > self._clock() else None
