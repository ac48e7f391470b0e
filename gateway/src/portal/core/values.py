"""The words that an organization chooses from: its value lists, as forms offer them and pages show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from portico.casemanager.v1.value_lists_pb2 import ListedValue, ListValuesRequest, ValueList

from chassis.text import plain
from portal.core.context import PageContext
from portal.core.i18n import N_, I18n, Language


@dataclass(frozen=True, slots=True)
class Values:
    """The lists of an organization, in a reader's words."""

    lists: Mapping[int, Sequence[ListedValue]]
    i18n: I18n

    def words(self, kind: ValueList.Kind.ValueType, key: str) -> str:
        """What people read for a key; the key itself where the list has it no longer."""
        found = next((value for value in self.lists.get(kind, ()) if value.key == key), None)
        return self._words(found) if found else key

    def specialties(self, *keys: str) -> str:
        """What people read of one who has these."""
        return ", ".join(self.words(ValueList.SPECIALTIES, key) for key in keys)

    def filters(self, kind: ValueList.Kind.ValueType, keys: Collection[str]) -> list[tuple[str, str]]:
        """For a filter: any, and what there is to be found, by the alphabet."""
        known = ((key, self.words(kind, key)) for key in {*keys} if key)
        return [("", self.i18n(N_("any"))), *sorted(known, key=lambda each: plain(each[1]))]

    def choices(self, kind: ValueList.Kind.ValueType, chosen: str) -> list[tuple[str, str]]:
        """For a form: none, all of the list, and what is chosen although the list has it no longer."""
        choices = [("", self.i18n(N_("none"))), *((each.key, self._words(each)) for each in self.lists.get(kind, ()))]
        is_known = chosen in dict(choices)
        return choices if is_known else [*choices, (chosen, self._gone(chosen))]

    def chips(self, kind: ValueList.Kind.ValueType, chosen: Collection[str]) -> list[tuple[str, str, bool, str | None]]:
        """For several of a form: all of the list, and what is chosen although the list has it no longer."""
        known = {value.key: self._words(value) for value in self.lists.get(kind, ())}
        gone = {key: self._gone(key) for key in chosen if key not in known}
        return [(key, words, key in chosen, None) for key, words in {**known, **gone}.items()]

    def _gone(self, key: str) -> str:
        return self.i18n(N_("%(value)s (no longer offered)")) % {"value": key}

    def _words(self, value: ListedValue) -> str:
        return (value.spanish if self.i18n.language is Language.SPANISH else "") or value.english


async def values_of(context: PageContext) -> Values:
    """The lists of the organization that is signed in."""
    found = await context.services.casemanager.ListValues(ListValuesRequest())
    return Values({each.kind: each.values for each in found.lists}, context.i18n)
