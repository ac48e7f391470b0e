"""SQLAlchemy Core describes a statement, here it becomes text once, and psycopg runs it from then on."""

# ruff: noqa: SLF001 SQLAlchemy keeps the compiled columns and converters under such names, and has no others for them.

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from operator import itemgetter
from typing import Generic, TypeVar, cast, overload

from sqlalchemy import Enum as EnumType
from sqlalchemy import Insert, TypeDecorator
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from chassis.readers import Convert, MakeRow, Reader, converted, fields_among
from chassis.tenancy import Query, check_tenant

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# `$1`, `$2`: what the server itself reads, so that nothing rewrites the text at each call.
_DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True, eq=False)
class Statement(Generic[T_co]):
    """One statement, compiled: its text, its parameters, and how a row becomes a value."""

    sql: str
    names: tuple[str, ...]
    """The parameters in the order of `$1`, `$2`, …"""
    fixed: Mapping[str, object]
    """Values that the statement brings along: literals and defaults."""
    adapt: Mapping[str, Convert]
    """What a value goes through on its way to psycopg: JSON, enumerations, arrays of these."""
    make_row: MakeRow[T_co]

    def fills_outbox(self, params: Mapping[str, object]) -> bool:  # noqa: ARG002 a save looks at them
        """Whether it writes events with these parameters."""
        return False

    def values(self, params: Mapping[str, object]) -> list[object]:
        """The values for `$1`, `$2`, …; TypeError when one is missing or unknown."""
        given = {**self.fixed, **params}
        try:
            values = [given.pop(name) for name in self.names]
        except KeyError as missing:
            raise TypeError(f"The statement needs the parameter {missing}.") from None
        if given:
            raise TypeError(f"The statement has no parameter {', '.join(map(repr, given))}.")
        for index, name in enumerate(self.names) if self.adapt else ():
            if name in self.adapt:
                values[index] = self.adapt[name](values[index])
        return values


@dataclass(frozen=True, slots=True)
class CrossTenant:
    """A statement that says why it may touch the rows of every organization."""

    why: str
    sql: str


_cross_tenant: list[CrossTenant] = []


def cross_tenant_statements() -> Sequence[CrossTenant]:
    """Every statement of this process that the tenancy check lets pass for a stated reason; a test lists them."""
    return tuple(_cross_tenant)


@overload
def statement(query: Query, *, into: type[T] | Reader[T], cross_tenant: str | None = None) -> Statement[T]: ...


@overload
def statement(query: Query, *, into: None = None, cross_tenant: str | None = None) -> Statement[tuple[object, ...]]: ...


def statement(
    query: Query, *, into: type[T] | Reader[T] | None = None, cross_tenant: str | None = None
) -> Statement[T]:
    """Check and compile a statement; a module constant of `storage.py`.

    `into` is a dataclass whose fields are found among the columns by name (those with a default may be missing; a field
    annotated with an enumeration or a tuple is made one), a reader (see `readers` and `mapping`), or the type of the
    only column's value. Without it, rows are tuples. `cross_tenant` says why the statement may touch every
    organization's rows.
    Raises TenantNotBound (see `tenancy`), or TypeError when columns and fields do not fit.
    """
    if cross_tenant is None:
        check_tenant(query)
    compiled = compile_query(query)
    if cross_tenant is not None:
        _cross_tenant.append(CrossTenant(cross_tenant, compiled.string))
    make_row = _row_maker(compiled, into)
    return Statement(*compiled_parts(compiled), make_row=make_row)


def compile_query(query: Query) -> SQLCompiler:
    """The text of a statement for this dialect; TypeError for what psycopg alone could not run."""
    if isinstance(query, Insert) and not query.returning_column_descriptions:
        query = query.inline()  # else a key with a default adds a RETURNING that nobody reads
    compiled = query.compile(dialect=_DIALECT)
    if compiled.post_compile_params or compiled.literal_execute_params:
        raise TypeError("IN makes another statement for each length of the list: use column == any_(bindparam(…)).")
    if compiled.insert_prefetch or compiled.update_prefetch:
        raise TypeError("A default that Python computes would be left out: use server_default, or give the value.")
    return compiled


def compiled_parts(
    compiled: SQLCompiler,
) -> tuple[str, tuple[str, ...], Mapping[str, object], Mapping[str, Convert]]:
    """The text, the parameters' names in order, the values that it brings along, and the adapters."""
    names = tuple(compiled.positiontup or ())
    fixed = {name: bind.effective_value for bind, name in compiled.bind_names.items() if not bind.required}
    adapters = cast("Mapping[str, Convert]", compiled._bind_processors)
    return compiled.string, names, fixed, {name: adapters[name] for name in names if name in adapters}


def _row_maker(compiled: SQLCompiler, into: type[T] | Reader[T] | None) -> MakeRow[T]:
    columns = [(entry.name, _from_database(entry.type)) for entry in compiled._result_columns]
    if into is None:
        return cast("MakeRow[T]", _tuple_maker([convert for _, convert in columns]))
    if isinstance(into, Reader):
        return into.row_maker(columns)
    if is_dataclass(into):
        return fields_among(into, [label for label, _ in columns]).row_maker(columns)
    if len(columns) != 1:
        raise TypeError(f"{into.__name__} is no dataclass: the statement must have exactly one column.")
    [(label, convert)] = columns
    value = converted(label, into)
    if isinstance(value, Reader):
        return cast("MakeRow[T]", value.row_maker(columns))
    return cast("MakeRow[T]", (lambda row: convert(row[0])) if convert else itemgetter(0))


def _tuple_maker(converters: Sequence[Convert | None]) -> MakeRow[tuple[object, ...]]:
    if not any(converters):
        return tuple
    return lambda row: tuple(
        [convert(cell) if convert else cell for cell, convert in zip(row, converters, strict=True)]
    )


def _from_database(type_: TypeEngine[object]) -> Convert | None:
    """The driver makes the Python value itself, except for enumerations and types of our own."""
    if isinstance(type_, EnumType | TypeDecorator):
        return cast("Convert | None", type_._cached_result_processor(_DIALECT, None))
    return None
