"""What is written of a specialist: the fields of the forms of a new one and of a profile."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from portico.casemanager.v1.schedule_resources_pb2 import AppointmentMode, Place, Specialist
from portico.casemanager.v1.specialists_pb2 import SpecialistPatch
from portico.casemanager.v1.value_lists_pb2 import ValueList

from chassis.tasks import together
from chassis.text import plain
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import LANGUAGES as OUR_LANGUAGES
from portal.core.i18n import I18n, zone_named
from portal.core.places import all_places
from portal.core.specialists import MODES
from portal.core.values import values_of
from portal.core.zones import zone_choices

TEXTS = (
    *("title", "given_name", "family_name", "provider_number", "email", "phone", "mobile", "time_zone", "note"),
    "language",
)
LISTS = ("specialties", "languages", "place_ids")
LANGUAGES = (
    *("en", "es", "am", "ar", "bn", "my", "yue", "zh", "fa", "fil", "fr", "de", "el", "gu", "he", "hi", "hmn", "ht"),
    *("hy", "it", "ja", "km", "ko", "ne", "pa", "pl", "pt", "ro", "ru", "so", "sw", "ta", "te", "th", "tr", "uk"),
    *("ur", "vi"),
)
"""Tags of what can be ticked; of what somebody speaks besides, whatever was entered by the API stays offered."""
ABOUT: Mapping[str, str] = {
    "EMAIL_TAKEN": "email",
    "TIME_ZONE_INVALID": "time_zone",
    "PLACE_NOT_FOUND": "",
    "CONTACT_INVALID": "",
    "VALUE_NOT_LISTED": "specialties",
    "CONCURRENT_CHANGE": "",
    "INVALID_REQUEST": "",
}
"""The refusals that the form can mend, each with the field that it is about where it names none."""
Chips = Sequence[tuple[str, str, bool, None]]
"""Values, their words, and whether each is chosen; nobody counts them."""


def form_of(specialist: Specialist) -> Form:
    """The form, filled with what is known."""
    values = {name: getattr(specialist, name) for name in TEXTS}
    values |= {name: "\n".join(getattr(specialist, name)) for name in LISTS}
    return Form({**values, "modes": "\n".join(AppointmentMode.Name(mode) for mode in specialist.modes)})


def patch_of(form: Form) -> SpecialistPatch:
    """What was typed and ticked; what stands twice counts once."""
    lists: dict[str, Any] = {name: list(dict.fromkeys(filter(None, map(str.strip, form.all(name))))) for name in LISTS}
    texts = {name: form[name] for name in TEXTS}
    texts["language"] = texts["language"] if texts["language"] in OUR_LANGUAGES else ""
    return SpecialistPatch(
        **texts,
        **lists,
        modes=[AppointmentMode.Value(mode) for mode in MODES if mode in form.all("modes")],
    )


def mask() -> FieldMask:
    """All that the form has, so that what is emptied is emptied."""
    return FieldMask(paths=[*TEXTS, *LISTS, "modes"])


async def choices(context: PageContext) -> dict[str, Any]:
    """What can be chosen in the form: specialties, modes, places, languages, time zones."""
    form, home = context.form, zone_named(context.person.time_zone)
    places, values = await together(all_places(context), values_of(context))
    return {
        "values": values,
        "specialties": values.chips(ValueList.SPECIALTIES, form.all("specialties")),
        "modes": [(mode, context.i18n(words), mode in form.all("modes"), None) for mode, words in MODES.items()],
        "places": _places(places, form.all("place_ids")),
        "has_places": bool(places),
        "languages_spoken": language_chips(context.i18n, form.all("languages")),
        "zones": zone_choices(context.i18n, home, form["time_zone"]),
    }


def language_chips(i18n: I18n, chosen: Sequence[str]) -> Chips:
    """The languages by their names in the reader's; those that are chosen are among them, whatever their tag."""
    named = {tag: language_name(i18n, tag) for tag in dict.fromkeys((*LANGUAGES, *chosen))}
    return [(tag, words, tag in chosen, None) for tag, words in sorted(named.items(), key=lambda each: plain(each[1]))]


def language_name(i18n: I18n, tag: str) -> str:
    """A language by its name in the reader's, as a list begins it; its tag where it has none."""
    name = str(i18n.locale.languages.get(tag, tag))
    return name[:1].upper() + name[1:] if name != tag else tag


def _places(places: Sequence[Place], chosen: Sequence[str]) -> Chips:
    """Active ones, and inactive ones that are chosen."""
    return [
        (place.id, place.name, place.id in chosen, None)
        for place in places
        if place.status == Place.ACTIVE or place.id in chosen
    ]
