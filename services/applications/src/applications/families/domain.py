"""What a family knows of its application."""

from dataclasses import dataclass

from applications.application.domain.application import Application, Guardian
from applications.application.domain.timeline import TimelineEntry


@dataclass(frozen=True, slots=True)
class FamilyView:
    """An application as one of its guardians sees it; `history` newest first."""

    application: Application
    guardian: Guardian
    history: tuple[TimelineEntry, ...]
