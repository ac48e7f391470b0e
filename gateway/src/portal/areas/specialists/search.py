"""Staff find specialists: search, filters, pages."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from portico.casemanager.v1.schedule_resources_pb2 import AppointmentMode, Place, Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.tasks import together
from portal.areas.specialists.fields import Chips, language_chips, language_name
from portal.core.context import PageContext
from portal.core.i18n import N_, I18n
from portal.core.paging import forward_ways
from portal.core.places import all_places, names_by_id
from portal.core.specialists import ACCOUNT_STATUSES, MODES, known_specialties, mode_words
from portal.core.values import values_of

LIST = "/specialists"
PAGE = 25
ACCOUNTS: Mapping[str, str] = {"": N_("anybody"), **ACCOUNT_STATUSES}
ANY_MODE: Mapping[str, str] = {"": N_("any"), **MODES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Who is looked for, as it stands in the address; empty: everybody."""

    query: str = ""
    account: str = ""
    mode: str = ""
    specialty: str = ""
    place: str = ""
    language: str = ""

    @classmethod
    def of(cls, context: PageContext) -> "Chosen":
        """From the address; filters that there are not are passed over."""
        account, mode = context.query("account"), context.query("mode")
        return cls(
            query=context.query("query")[:100],
            account=account if account in ACCOUNTS else "",
            mode=mode if mode in ANY_MODE else "",
            specialty=context.query("specialty")[:100],
            place=context.query("place"),
            language=context.query("language")[:35],
        )

    @property
    def is_filtered(self) -> bool:
        """Whether it is less than everybody."""
        return any(asdict(self).values())

    @property
    def folded_count(self) -> int:
        """How many of the filters that few need are used."""
        return sum(map(bool, (self.account, self.specialty, self.place, self.language)))

    def address(self, **changes: str) -> str:
        """The list with something changed, from its first page on."""
        query = urlencode({name: value for name, value in {**asdict(self), **changes}.items() if value})
        return f"{LIST}?{query}" if query else LIST

    def fields(self) -> dict[str, Any]:
        """The same for the request of the contract."""
        return {
            "query": self.query,
            "account_status": Specialist.AccountStatus.Value(self.account) if self.account else None,
            "mode": AppointmentMode.Value(self.mode) if self.mode else None,
            "specialty": self.specialty,
            "place_id": self.place,
            "language": self.language,
        }


async def show(context: PageContext) -> Response:
    """The table by family name; where a page has nothing any more, the first one."""
    chosen = Chosen.of(context)
    request = ListSpecialistsRequest(page_size=PAGE, page_token=context.query("page"), **chosen.fields())
    found, places, specialties, values = await together(
        context.services.casemanager.ListSpecialists(request),
        all_places(context),
        known_specialties(context, chosen.specialty),
        values_of(context),
    )
    if context.query("page") and not found.specialists:
        return context.redirect(chosen.address())
    i18n, names = context.i18n, names_by_id(places)
    any_words = ("", i18n(N_("any")))
    return context.render(
        "specialists/list.html",
        found=found,
        chosen=chosen,
        place_names=lambda specialist: [names[each] for each in specialist.place_ids if each in names],
        mode_names=lambda specialist: [mode_words(mode, i18n) for mode in specialist.modes],
        language_names=lambda specialist: [language_name(i18n, tag) for tag in specialist.languages],
        mode_options=_options(chosen.mode, ANY_MODE, i18n),
        account_options=_options(chosen.account, ACCOUNTS, i18n),
        values=values,
        specialty_options=values.filters(ValueList.SPECIALTIES, specialties),
        place_options=[any_words, *_places(places, chosen.place, i18n)],
        language_options=[any_words, *((tag, words) for tag, words, *_ in _languages(chosen.language, i18n))],
        ways=forward_ways(context, found.next_page_token, chosen.address),
    )


def _options(chosen: str, words: Mapping[str, str], i18n: I18n) -> Chips:
    return [(value, i18n(said), value == chosen, None) for value, said in words.items()]


def _places(places: Sequence[Place], chosen: str, i18n: I18n) -> list[tuple[str, str]]:
    options = [(place.id, place.name) for place in places]
    is_known = not chosen or chosen in dict(options)
    return options if is_known else [*options, (chosen, i18n(N_("a place that is gone")))]


def _languages(chosen: str, i18n: I18n) -> Chips:
    return language_chips(i18n, [chosen] if chosen else [])
