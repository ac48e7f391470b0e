"""What the use cases of requests are handed."""

from collections.abc import Callable
from dataclasses import dataclass

from chassis.secrets import KeyedHash
from notifications.shared import deps as shared
from notifications.shared.domain import Channel
from notifications.templates.composition import Composer


@dataclass(frozen=True, slots=True)
class Deps(shared.Deps):
    """Also what checks a request; `wake` tells the sender of a channel that there is something to do.

    `sms_regions` are the countries that every organization may text to.
    """

    hashes: KeyedHash
    composer: Composer
    sms_regions: frozenset[str]
    wake: Callable[[Channel], None]
