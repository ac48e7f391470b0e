"""How rows become values: readers, put together from columns by their labels and from one another.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Person:
...     id: int
...     name: str
>>> person = reader(Person, name=reader("{} {}".format, "given_name", "family_name"))
>>> person.row_maker([("given_name", None), ("family_name", None), ("id", None)])(("Ada", "Byron", 1))
Person(id=1, name='Ada Byron')

A reader is one generated expression, as the `__init__` of a dataclass is; a loop over the fields takes three times as
long.
"""

# ruff: noqa: S307 what is evaluated is put together here and in `mapping`, of names of fields and numbers

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from itertools import takewhile
from types import NoneType, UnionType
from typing import Generic, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Convert = Callable[[object], object]
MakeRow = Callable[[Sequence[object]], T]


@dataclass(frozen=True, slots=True, eq=False)
class Reader(Generic[T_co]):
    """How a row becomes a value: a call whose arguments are columns, by their labels, or readers; `reader` makes it."""

    make: Callable[..., T_co]
    args: tuple["Part", ...]
    named: Mapping[str, "Part"]
    key: str | None = None

    def unless_null(self, label: str) -> "Reader[T_co | None]":
        """The same, or None where this column is null: where an outer join found nothing."""
        return Reader(self.make, self.args, self.named, label)

    def labelled(self, prefix: str) -> "Reader[T_co]":
        """The same for columns whose labels begin with this."""
        args = tuple(labelled_part(prefix, part) for part in self.args)
        named = {name: labelled_part(prefix, part) for name, part in self.named.items()}
        return Reader(self.make, args, named, self.key and prefix + self.key)

    @property
    def labels(self) -> set[str]:
        """The columns that it reads."""
        parts = [*self.args, *self.named.values(), *([self.key] if self.key else [])]
        return {label for part in parts for label in (part.labels if isinstance(part, Reader) else [part])}

    def row_maker(self, columns: Sequence[tuple[str, Convert | None]]) -> MakeRow[T_co]:
        """The function for rows of these columns, each with what its value goes through first.

        Columns are found by their label, never by offset. TypeError when one is missing, superfluous, or there twice.
        """
        labels = [label for label, _ in columns]
        if unfit := self.labels ^ set(labels) | {label for label in labels if labels.count(label) > 1}:
            made = getattr(self.make, "__name__", "The reader")
            raise TypeError(f"{made} and the columns differ in {', '.join(sorted(unfit))}.")
        names: dict[str, object] = {}
        cells = {
            label: f"{name_in(names, convert)}(row[{index}])" if convert else f"row[{index}]"
            for index, (label, convert) in enumerate(columns)
        }
        return cast("MakeRow[T_co]", generated(f"lambda row: {self.source(cells, names)}", names))

    def source(self, cells: Mapping[str, str], names: dict[str, object]) -> str:
        """The call as Python; each column is the text in `cells`, and what it calls is added to `names`."""

        def of(part: Part) -> str:
            return part.source(cells, names) if isinstance(part, Reader) else cells[part]

        values = [*map(of, self.args), *(f"{name}={of(part)}" for name, part in self.named.items())]
        call = f"{name_in(names, self.make)}({', '.join(values)})"
        return call if self.key is None else f"(None if {cells[self.key]} is None else {call})"


Part = str | Reader[object]


def reader(make: Callable[..., T], /, *args: Part, **named: Part) -> Reader[T]:
    """How a row becomes a value, for `statement(…, into=…)`.

    The fields of a dataclass are the columns of the same label, but for those that are named here; enumerations and
    tuples come from the annotations. Any other function gets the columns and readers that stand here:
    `reader(full_name, "given_name", "family_name")`; `reader(tuple)` is always ().
    """
    has_fields = isinstance(make, type) and is_dataclass(make)  # a name, so that mypy keeps T
    if args or not has_fields:
        return Reader(make, args, named)
    hints = get_type_hints(make)
    return dataclass_reader(make, {f.name: converted(f.name, hints[f.name]) for f in init_fields(make)} | named)


def fields_among(make: type[T], labels: Collection[str]) -> Reader[T]:
    """`reader` of a dataclass, without the fields that have a default and no column."""
    hints = get_type_hints(make)
    wanted = [f.name for f in init_fields(make) if f.name in labels or not has_default(f)]
    return dataclass_reader(make, {name: converted(name, hints[name]) for name in wanted})


def dataclass_reader(make: Callable[..., T], made: Mapping[str, Part]) -> Reader[T]:
    """`made` in the order of the fields, and by position as far as that goes: it is a quarter faster."""
    wanted = init_fields(make)
    name = getattr(make, "__name__", "")
    if unknown := made.keys() - {each.name for each in wanted}:
        raise TypeError(f"{name} has no field {', '.join(sorted(unknown))}.")
    if lacking := {each.name for each in wanted if not has_default(each)} - made.keys():
        raise TypeError(f"{name} needs {', '.join(sorted(lacking))}.")
    in_order = list(takewhile(lambda each: each.name in made and not each.kw_only, wanted))
    args = tuple(made[each.name] for each in in_order)
    return Reader(make, args, {each.name: made[each.name] for each in wanted[len(args) :] if each.name in made})


def init_fields(make: Callable[..., object]) -> "Sequence[Field[object]]":
    """The fields that the constructor of a dataclass takes."""
    return [each for each in fields(make) if each.init]  # type: ignore[arg-type]


def has_default(each: "Field[object]") -> bool:
    """Whether the constructor needs no value for it."""
    return each.default is not MISSING or each.default_factory is not MISSING


def labelled_part(prefix: str, part: Part) -> Part:
    """The part for columns whose labels begin with this."""
    return part.labelled(prefix) if isinstance(part, Reader) else prefix + part


def plain_type(annotation: object) -> tuple[object, bool]:
    """The type without None and NewType, and whether it may be None."""
    choices = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    others = [choice for choice in choices if choice is not NoneType]
    kind = others[0] if len(others) == 1 else annotation
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    return kind, len(others) < len(choices)


def converted(label: str, annotation: object) -> Part:
    """A column may hold an enumeration's value, an array a tuple; the annotation says so."""
    kind, is_optional = plain_type(annotation)
    make: Callable[..., object]
    if isinstance(kind, type) and issubclass(kind, Enum):
        # A third of the time of `kind(value)`; a column type of SQLAlchemy may have made the member already.
        make = {key: member for member in kind for key in (member.value, member)}.__getitem__
    elif get_origin(kind) is tuple or kind is tuple:
        make = tuple
    else:
        return label
    return Reader(make, (label,), {}, label if is_optional else None)


def name_in(names: dict[str, object], value: object) -> str:
    """A name for a value in generated source."""
    name = f"name_{len(names)}"
    names[name] = value
    return name


def generated(source: str, names: dict[str, object]) -> object:
    """The value of an expression that was put together from names of fields and what `names` holds."""
    return eval(source, names)
