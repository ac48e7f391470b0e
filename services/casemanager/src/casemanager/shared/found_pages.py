"""The page of a list, cut before anything is looked up for it: what is rare is found as soon as what is common.

PostgreSQL knows how often the commonest search keys of a table come, and takes every other one for one in two hundred
rows. Left to choose, it walks along the order for a name that nobody has, through everybody. So the first few of the
order are looked through, which is enough for what is common, and only when they do not fill the page is the index of
the keys asked, for all. Fences (MATERIALIZED) keep each to its way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    Table,
    Uuid,
    bindparam,
    func,
    select,
    tuple_,
    union_all,
)

from casemanager.shared.typed import TypedShape

LOOKED_THROUGH = 500
"""People of the order; they fill a page of 25 when one in twenty fits, and the index finds the rarer ones quickly."""

_limit = bindparam("limit", type_=Integer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a page of `people` begins: in the order of `key` and id, after `after_0` and `after_1` if it goes on.

    `source` has the people, and what `filters` ask of. `has_index` is whether one has the order; without one there are
    no first few to look through.
    """

    people: Table
    source: FromClause
    key: ColumnElement[object]
    filters: Sequence[ColumnElement[bool]]
    text: TypedShape
    descending: bool
    is_continued: bool
    has_index: bool = True

    def page(self) -> Subquery:
        """`key` and `id` of the first `limit` people, in no order."""
        if self.text.is_empty:
            return self._first(self._asked(self.source, *self.filters), self._order()).subquery("page")
        fits, is_indexed = self.text.fits(self.people), self.text.is_indexed(self.people)
        if self.text.has_contact or not self.has_index:  # a contact is of one person, perhaps of two
            meant = [is_indexed] if self.text.has_contact else [is_indexed, fits]
            all_ = _fenced(self._asked(self.source, *self.filters, *meant), "found")
            return self._first(select(all_), self._order(all_)).subquery("page")
        window = self._first(self._asked(self.people), self._order(), LOOKED_THROUGH).subquery("window")
        near = _fenced(
            self._asked(window.join(self.source, window.c.id == self.people.c.id), *self.filters, fits), "near"
        )
        how_many = select(func.count()).select_from(near).scalar_subquery()
        all_ = _fenced(self._asked(self.source, *self.filters, is_indexed, fits, how_many < _limit), "found")
        both = union_all(select(near).where(how_many >= _limit), select(all_)).subquery("both")
        return self._first(select(both), self._order(both)).subquery("page")

    def ordered(self, *keys: ColumnElement[object]) -> list[ColumnElement[object]]:
        """These in the direction of the page."""
        return [key.desc() if self.descending else key for key in keys]

    def _order(self, rows: FromClause | None = None) -> list[ColumnElement[object]]:
        return self.ordered(self.key, self.people.c.id) if rows is None else self.ordered(rows.c.key, rows.c.id)

    def _asked(self, source: FromClause, *conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
        asked = select(self.key.label("key"), self.people.c.id).select_from(source)
        asked = asked.where(self.people.c.org_id == bindparam("org_id", type_=Uuid), *conditions)
        if not self.is_continued:
            return asked
        order = tuple_(self.key, self.people.c.id)
        after = tuple_(
            *(bindparam(f"after_{at}", type_=key.type) for at, key in enumerate((self.key, self.people.c.id)))
        )
        return asked.where(order < after if self.descending else order > after)

    @staticmethod
    def _first(
        rows: Select[tuple[object, ...]], order: Sequence[ColumnElement[object]], count: int | None = None
    ) -> Select[tuple[object, ...]]:
        return rows.order_by(*order).limit(_limit if count is None else count)


def _fenced(rows: Select[tuple[object, ...]], name: str) -> CTE:
    return rows.cte(name).prefix_with("MATERIALIZED")
