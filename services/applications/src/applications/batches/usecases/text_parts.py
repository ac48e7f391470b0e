"""How many parts the text messages of a preview have together: a provider charges each."""

from collections.abc import Mapping
from uuid import UUID

from applications.application.domain.invitation import Method
from applications.batches.storage.batches import BatchView
from applications.batches.usecases.samples import first_row, rendered
from applications.shared.deps import Deps
from chassis.errors import ServiceError

_KNOWN = 256
"""Batches whose messages are remembered."""


class TextParts:
    """Asks notifications once for each batch and language how many parts its message has."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._parts: dict[UUID, dict[str, int]] = {}

    async def of(self, view: BatchView) -> int:
        """The parts of all text messages, as many as the first one of their language has; 0 while that is not known."""
        texts = {
            name.removeprefix("texts:"): count for name, count in view.messages.items() if name.startswith("texts:")
        }
        try:
            parts = await self._known(view, texts) if texts else {}
        except ServiceError:
            return 0  # notifications is away: a count is no reason to show no preview
        return sum(count * parts.get(language, 0) for language, count in texts.items())

    async def _known(self, view: BatchView, texts: Mapping[str, int]) -> Mapping[str, int]:
        known = self._parts.setdefault(view.batch.id, {})
        missing = texts.keys() - known.keys()
        row = await first_row(self._deps, view.batch, Method.SMS) if missing else None
        for language in missing if row else ():
            assert row is not None  # noqa: S101 (else there is nothing to do)
            sample = await rendered(self._deps, view.batch, row.application, Method.SMS, language)
            known[language] = sample.segment_count
        while len(self._parts) > _KNOWN:
            del self._parts[next(iter(self._parts))]
        return known
