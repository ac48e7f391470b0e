"""Tenancy: a statement that could touch another organization's rows is refused when it is made.

Every table and alias with an `org_id` column must be bound to `bindparam("org_id")`: in a top-level AND of WHERE, in
the ON of a join that filters it, or in the values that it is given. The `org_id` of a table, subquery or CTE that is
already bound does it as well, and so does `bindparam("account_id")` for a table with an `account_id`. OR, NOT, IN, a
literal, and the ON of an outer join for its kept side bind nothing. SQL text must not hide a query or an OR.
"""

# ruff: noqa: SLF001 SQLAlchemy keeps the parts of a statement under such names, and has no others for them.

import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import CTE, Delete, Insert, Select, Subquery, Table, Update
from sqlalchemy.dialects.postgresql.dml import OnConflictDoUpdate
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    Cast,
    ClauseElement,
    ColumnClause,
    ColumnElement,
    Grouping,
    Label,
    TextClause,
)
from sqlalchemy.sql.selectable import (
    Alias,
    CompoundSelect,
    FromClause,
    FromGrouping,
    Join,
    Lateral,
    SelectBase,
    SelectStatementGrouping,
    TableSample,
    TableValuedAlias,
    Values,
)

TENANT, ACCOUNT = "org_id", "account_id"

Query = SelectBase | Insert | Update | Delete
Carriers = frozenset[str]
"""The columns of a FROM element that are known to hold the caller's org_id."""
_Facts = list[tuple[ClauseElement, frozenset[FromClause] | None]]
"""Conditions that hold for every row, each with the tables that it filters; None: all of them."""
_Values = Mapping[str | ColumnElement[Any], object]
_COMPILER = DefaultDialect().statement_compiler(DefaultDialect(), None)
_HIDES_SOMETHING = re.compile(r"\b(select|table|or)\b|--|/\*|;", re.IGNORECASE)


class TenantNotBound(Exception):
    """A statement could read or write rows of more than one organization."""


def check_tenant(query: Query) -> None:
    """Refuse a statement that is not tied to one tenant; TenantNotBound names the table."""
    _Walk().query(query, _NOWHERE)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the enclosing queries offer to a query inside."""

    carriers: Mapping[FromClause, Carriers]
    every: frozenset[FromClause] = frozenset()
    nearest: frozenset[FromClause] = frozenset()


_NOWHERE = _Scope({})


@dataclass(slots=True)
class _Walk:
    _ctes: dict[CTE, Carriers] = field(default_factory=dict)

    def query(self, query: ClauseElement, scope: _Scope) -> Sequence[bool]:
        """Check one query; says for each of its columns whether it holds the caller's org_id."""
        for cte in getattr(query, "_independent_ctes", ()):
            self._carriers_of(cte, _NOWHERE)
        match query:
            case Select():
                return self._select(query, scope)
            case CompoundSelect():
                branches = [self.query(branch, scope) for branch in query.selects]
                return [all(column) for column in zip(*branches, strict=True)]
            case SelectStatementGrouping() | Subquery():
                return self.query(query.element, scope)
            case Insert():
                return self._insert(query)
            case Update() | Delete():
                return self._change(query)
        raise TenantNotBound(f"The tenancy check cannot look into {type(query).__name__}.")

    def _select(self, query: Select[tuple[object, ...]], scope: _Scope) -> Sequence[bool]:
        # The compiler's own way to decide which tables are the enclosing query's.
        state = query._compile_state_factory(query, _COMPILER)
        froms = state._get_display_froms(tuple(scope.every), tuple(scope.nearest))
        inside = self._bind(froms, query._where_criteria, scope)
        self._look_into(query.get_children(), inside)
        return [_holds_tenant(column, inside.carriers) for column in query.selected_columns]

    def _change(self, query: Update | Delete) -> Sequence[bool]:
        values: _Values = getattr(query, "_values", None) or {}
        _refuse_moving(query.table, values)
        mentioned = [*query._where_criteria, *_expressions(values)]
        froms = [query.table, *getattr(query, "_extra_froms", ())]
        covered = {leaf for from_ in froms for leaf in _leaves(from_)}
        for condition in mentioned:
            froms += [from_ for from_ in condition._from_objects if from_ not in covered]
            covered.update(froms)
        inside = self._bind(froms, query._where_criteria, _NOWHERE)
        self._look_into([*mentioned, *query._returning], inside)
        return [_holds_tenant(column, inside.carriers) for column in query.exported_columns]

    def _insert(self, query: Insert) -> Sequence[bool]:
        table = query.table
        carriers: Mapping[FromClause, Carriers] = {table: frozenset({TENANT})}
        rows = cast("list[_Values]", [row for rows in query._multi_values for row in rows])
        given = [*rows, cast("_Values", query._values)] if query._values else rows
        if query.select is not None:
            columns = dict(zip(query._select_names or (), self.query(query.select, _NOWHERE), strict=True))
            is_bound = columns.get(TENANT, False)
        else:  # without values SQLAlchemy makes a parameter for each column: `:org_id`
            is_bound = all(
                any(_name(column) == TENANT and _holds_tenant(value, {}) for column, value in row.items())
                for row in given
            )
        if TENANT in table.c and not is_bound:
            raise TenantNotBound(f"INSERT INTO {table}: org_id is not given as bindparam('org_id').")
        conflict = query._post_values_clause
        if isinstance(conflict, OnConflictDoUpdate):
            self._upsert(table, conflict)
        values = [value for row in given for value in _expressions(row)]
        self._look_into([*values, *query._returning], _Scope(carriers))
        return [_holds_tenant(column, carriers) for column in query.exported_columns]

    def _upsert(self, table: FromClause, conflict: OnConflictDoUpdate) -> None:
        """The row that is updated must be the tenant's: by the conflicting key, or by the WHERE."""
        key = [_name(column) for column in conflict.inferred_target_elements or ()]
        where = [] if conflict.update_whereclause is None else [conflict.update_whereclause]
        inside = _NOWHERE if TENANT in key or TENANT not in table.c else self._bind([table], where, _NOWHERE)
        values = cast("_Values", conflict.update_values_to_set)
        _refuse_moving(table, values)
        self._look_into([*where, *_expressions(values)], inside)

    def _bind(self, froms: Iterable[FromClause], where: Iterable[ColumnElement[Any]], scope: _Scope) -> _Scope:
        """The scope inside a query; raises when one of its tables stays unbound."""
        facts: _Facts = [(fact, None) for condition in where for fact in _conjuncts(condition)]
        leaves = [leaf for from_ in froms for leaf in _leaves(from_, facts)]
        own: dict[FromClause, Carriers] = {}
        carriers = ChainMap(own, cast("dict[FromClause, Carriers]", scope.carriers))
        every = frozenset(leaves)
        inside = _Scope(carriers, scope.every | every, every)
        # A subquery in FROM sees nothing of its neighbours, unless it is LATERAL.
        for leaf in leaves:
            if not isinstance(leaf, Lateral) and not _is_tenants_table(leaf):
                own[leaf] = self._carriers_of(leaf, _Scope(scope.carriers, scope.every))
        _spread(facts, leaves, carriers)
        for leaf in leaves:
            if isinstance(leaf, Lateral):
                own[leaf] = self._carriers_of(leaf, inside)
        _spread(facts, leaves, carriers)
        for leaf in leaves:
            if leaf not in own:
                raise TenantNotBound(f"{leaf} is not bound to :org_id by a condition that holds for each row.")
        self._look_into([fact for fact, _ in facts], inside)
        return inside

    def _carriers_of(self, leaf: FromClause, scope: _Scope) -> Carriers:
        match leaf:
            case CTE():
                return self._carriers_of_cte(leaf)
            case Subquery() | Lateral():
                return _named(leaf, self.query(leaf.element, scope))
            case TableValuedAlias() | Values():
                self._look_into(leaf.get_children(), scope)
                return frozenset()
            case Alias():
                return self._carriers_of(leaf.element, scope)
            case Table() | TableSample():
                return frozenset()  # a table without an org_id
        raise TenantNotBound(f"The tenancy check cannot look into {type(leaf).__name__}.")

    def _carriers_of_cte(self, cte: CTE) -> Carriers:
        original = cte._cte_alias or cte
        if original not in self._ctes:
            first = original._restates
            anchor = self._carriers_of_cte(first) if first is not None else frozenset()
            self._ctes[original] = _named(original, self.query(original.element, _NOWHERE))
            if not anchor <= self._ctes[original]:
                # The recursive part relied on the anchor's org_id, and then returned something else as such.
                raise TenantNotBound(f"The recursive part of {original.name} does not carry org_id on.")
        return self._ctes[original]

    def _look_into(self, elements: Iterable[ClauseElement], scope: _Scope) -> None:
        """Check the queries that stand inside expressions (EXISTS, IN, scalar subqueries)."""
        for element in elements:
            if isinstance(element, SelectBase):
                self.query(element, scope)
            elif not isinstance(element, FromClause):
                _refuse_hidden(element)
                self._look_into(element.get_children(), scope)


def _leaves(from_: FromClause, facts: _Facts | None = None) -> list[FromClause]:
    """The tables, subqueries and functions of a FROM element; the conditions of its joins are added to the facts."""
    if isinstance(from_, FromGrouping):
        return _leaves(from_.element, facts)
    if not isinstance(from_, Join):
        return [from_]
    left, right = _leaves(from_.left, facts), _leaves(from_.right, facts)
    filtered = () if from_.full else right if from_.isouter else (*left, *right)
    if facts is not None and from_.onclause is not None:
        facts += [(fact, frozenset(filtered)) for fact in _conjuncts(from_.onclause)]
    return [*left, *right]


def _conjuncts(condition: object) -> Iterator[ClauseElement]:
    if isinstance(condition, Grouping):
        yield from _conjuncts(condition.element)
    elif isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for clause in condition.clauses:
            yield from _conjuncts(clause)
    elif isinstance(condition, ClauseElement):
        yield condition


def _spread(facts: _Facts, leaves: Sequence[FromClause], carriers: ChainMap[FromClause, Carriers]) -> None:
    """Bind what the facts bind, until nothing new is found."""
    own = carriers.maps[0]
    found = True
    while found:
        found = False
        for fact, filtered in facts:
            for column, value in _equalities(fact):
                leaf = column.table
                if leaf is not None and leaf in leaves and leaf not in own and (filtered is None or leaf in filtered):
                    is_tenant = column.name == TENANT and _holds_tenant(value, carriers)
                    if is_tenant or (column.name == ACCOUNT and _is_parameter(value, ACCOUNT)):
                        own[leaf] = frozenset({TENANT})
                        found = True


def _equalities(fact: ClauseElement) -> Iterator[tuple[ColumnClause[Any], ColumnElement[Any]]]:
    if isinstance(fact, BinaryExpression) and fact.operator is operators.eq:
        for column, value in ((fact.left, fact.right), (fact.right, fact.left)):
            if isinstance(column, ColumnClause):
                yield column, value


def _holds_tenant(value: object, carriers: Mapping[FromClause, Carriers]) -> bool:
    match value:
        case Grouping() | Label():
            return _holds_tenant(value.element, carriers)
        case Cast():
            return _holds_tenant(value.clause, carriers)
        case ColumnClause() if value.table is not None:
            return value.key in carriers.get(value.table, ())
    return _is_parameter(value, TENANT)


def _is_parameter(value: object, name: str) -> bool:
    return isinstance(value, BindParameter) and value.key == name and value.required


def _is_tenants_table(leaf: FromClause) -> bool:
    table = leaf.element if isinstance(leaf, Alias | TableSample) else leaf
    return isinstance(table, Table) and TENANT in table.c


def _named(from_: FromClause, holds: Sequence[bool]) -> Carriers:
    return frozenset(key for key, held in zip(from_.c.keys(), holds, strict=True) if held)


def _expressions(values: _Values) -> list[ClauseElement]:
    return [value for value in values.values() if isinstance(value, ClauseElement)]


def _name(column: object) -> str:
    return column if isinstance(column, str) else str(getattr(column, "name", ""))


def _refuse_moving(table: FromClause, values: _Values) -> None:
    for column, value in values.items():
        if _name(column) == TENANT and not _holds_tenant(value, {}):
            raise TenantNotBound(f"{table}: a row must not move to another organization.")


def _refuse_hidden(element: ClauseElement) -> None:
    is_text = isinstance(element, TextClause) or (isinstance(element, ColumnClause) and element.is_literal)
    if is_text and _HIDES_SOMETHING.search(str(element)):
        raise TenantNotBound(f"SQL text may hide a query: {element}")
