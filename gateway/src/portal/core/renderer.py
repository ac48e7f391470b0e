"""Templates to HTML, in one language each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, timedelta
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp
from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from portico.casemanager.v1.booking_resources_pb2 import TimeWindow

from chassis.contacts import national
from chassis.ids import new_id
from chassis.text import full_name
from portal.core.clocks import Appointed, Clocks, clocks_of, window_words
from portal.core.i18n import LANGUAGES, I18n, Language, i18n_for, language_choices
from portal.core.labels import ROLES, choice, label
from portal.core.specialists import called
from portal.core.times import Times

if TYPE_CHECKING:
    from portal.core.context import PageContext

_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Controls that turn the direction of what follows (Unicode Standard Annex 9, 2.1 to 2.4)."""
FORM = re.compile(r'<form method="post"[^>]*>')
"""How every form begins that does something."""


class Templates:
    """The templates, once for each language: `layout.html` of the core, `staff/new.html` of the area `staff`.

    `areas` are the areas' packages. Static files have a hash in their address, so that they are kept long.
    """

    def __init__(self, areas: Iterable[str]) -> None:
        of_areas = PrefixLoader({area.rpartition(".")[2]: PackageLoader(area) for area in areas})
        loader = ChoiceLoader([PackageLoader("portal.core"), of_areas])
        self._environments = {language: _environment(i18n_for(language), loader) for language in Language}

    def render(self, language: Language, template: str, context: Mapping[str, object], *, seen_by: str) -> str:
        """The page in a language.

        Each of its forms says for which account (its id, empty for nobody) it was drawn: another tab may sign in as
        somebody else before the button is pressed.
        """
        page = self._environments[language].get_template(template).render(context)
        hidden = f'<input type="hidden" name="as" value="{seen_by}">'
        return FORM.sub(lambda opening: f"{opening[0]}{hidden}", page)


def _environment(i18n: I18n, loader: BaseLoader) -> Environment:
    environment = Environment(
        loader=loader,
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations = i18n.translations
    environment.install_gettext_callables(  # type: ignore[attr-defined] # the extension adds it
        i18n, translations.ngettext, newstyle=True, pgettext=translations.pgettext
    )
    environment.filters["instant"] = _instant
    environment.filters["deadline"] = _deadline
    environment.filters["due"] = _due
    environment.filters["lasting"] = _lasting
    environment.filters["age"] = _age
    environment.filters["clocks"] = _clocks
    environment.filters["window"] = _window
    environment.filters["number"] = _number
    environment.filters["file_size"] = _file_size
    environment.filters["day"] = lambda day: i18n.day(date(day.year, day.month, day.day))
    environment.filters["choice"] = choice
    environment.filters["bdi"] = bdi
    environment.filters["national"] = national
    environment.filters["web_name"] = lambda address: address.removeprefix("https://").removesuffix("/")
    environment.filters["harmless"] = harmless
    environment.filters["full_name"] = lambda person: bdi(full_name(person.given_name, person.family_name))
    environment.filters["called"] = lambda specialist: bdi(called(specialist))
    environment.globals.update(
        i18n=i18n,
        languages=LANGUAGES,
        language_choices=language_choices,
        label=label,
        asset=_assets().__getitem__,
        roles=ROLES,
        request_id=_request_id,
    )
    return environment


def bdi(words: str) -> Markup:
    r"""What people wrote, so that its direction turns nothing around it; what would turn its own letters is shown.

    >>> print(bdi("Ana\u202e<b>"))
    <bdi>Ana[U+202E]&lt;b&gt;</bdi>
    """
    return Markup("<bdi>{}</bdi>").format(harmless(words))


def harmless(words: str) -> str:
    """The same for an attribute, where no element stands."""
    return _TURNS.sub(lambda found: f"[U+{ord(found[0]):04X}]", words)


@pass_context
def _instant(context: Context, instant: Timestamp, *, in_sentence: bool = False) -> Markup:
    """A protobuf instant as the reader's clock says it, shortly; `in_sentence` or not; on hover the whole."""
    times: Times = context["times"]
    at = instant.ToDatetime(UTC)
    return times.element(at, times.short(at, in_sentence=in_sentence))


@pass_context
def _deadline(context: Context, instant: Timestamp, *, in_sentence: bool = False) -> Markup:
    """The same with the zone named."""
    times: Times = context["times"]
    at = instant.ToDatetime(UTC)
    return times.element(at, times.deadline(at, in_sentence=in_sentence))


@pass_context
def _due(context: Context, instant: Timestamp) -> Markup:
    """In how many days something is due, or since how many it is late."""
    times: Times = context["times"]
    at = instant.ToDatetime(UTC)
    return times.element(at, times.due(at))


@pass_context
def _clocks(context: Context, appointed: Appointed) -> Clocks:
    """When something takes place, by the clock there and by the reader's."""
    return clocks_of(context["times"], appointed)


@pass_context
def _window(context: Context, window: TimeWindow) -> str:
    """From when to when, by the reader's clock."""
    return window_words(context["times"], window.start_time.ToDatetime(UTC), window.end_time.ToDatetime(UTC))


@pass_context
def _age(context: Context, instant: Timestamp) -> Markup:
    """How long ago something was, by the largest unit: `3 days`."""
    times: Times = context["times"]
    at = instant.ToDatetime(UTC)
    return times.element(at, times.lasting(max(times.now - at, timedelta(minutes=1))))


@pass_context
def _lasting(context: Context, span: timedelta) -> str:
    """How long something lasts."""
    times: Times = context["times"]
    return times.lasting(span)


@pass_context
def _number(context: Context, count: int) -> str:
    """How many, as the reader writes it."""
    times: Times = context["times"]
    return times.number(count)


@pass_context
def _file_size(context: Context, size: int) -> str:
    """How long a file is, as the reader writes it."""
    times: Times = context["times"]
    return times.file_size(size)


@pass_context
def _request_id(context: Context) -> str:
    """Another one for each form, so that a form that is sent twice does its work once; or that of an earlier call."""
    page: PageContext | None = context.get("context")  # None in a macro that was imported without the context
    return (page.request_id if page else "") or str(new_id())


def _assets() -> dict[str, str]:
    """The address of each static file, with a hash of what is in it."""
    return {
        file.name: f"/static/{file.name}?v={sha256(file.read_bytes()).hexdigest()[:12]}"
        for file in files("portal").joinpath("static").iterdir()
    }
