"""How a test reads a page: a tree of elements, what stands in it for people, and its forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_CONTROLS = frozenset({"input", "textarea", "select"})


@dataclass(slots=True)
class Element:
    """One element; an attribute without a value has its own name as value."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Element]:
        """The element and everything in it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child

    def __getitem__(self, attribute: str) -> str:
        return self.attributes[attribute]

    def get(self, attribute: str) -> str:
        """The attribute's value; empty when there is none."""
        return self.attributes.get(attribute, "")

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of this tag with these attributes; `class_` asks for one of several classes."""
        wanted_class = attributes.pop("class_", "")
        return [
            element
            for element in self
            if element.tag == tag
            and attributes.items() <= element.attributes.items()
            and (not wanted_class or wanted_class in element.get("class").split())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        [found] = self.all(tag, **attributes)
        return found

    @property
    def text(self) -> str:
        """What a person reads, with single blanks."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._pieces()
                # A block ends a word, though no blank stands there.
                yield " " if child.tag not in {"a", "bdi", "code", "strong", "time"} else ""


class _Tree(HTMLParser):
    """Builds the tree; AssertionError where an end tag fits no start tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("")
        self._open = [self.root]
        self.feed(html)
        self.close()
        assert [self.root] == self._open, "Something was not closed."

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"An attribute stands twice: {names}"
        element = Element(tag, {name: name if value is None else value for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop().tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


@dataclass(slots=True)
class Page:
    """An answer of the portal to a browser, and the path and query that it asked for."""

    address: str
    answer: httpx.Response
    root: Element

    @classmethod
    def of(cls, address: str, answer: httpx.Response) -> Page:
        """Reads an answer; one that is no HTML has no elements."""
        is_html = answer.headers.get("content-type", "").startswith("text/html")
        return cls(address, answer, _Tree(answer.text).root if is_html else Element(""))

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.answer.status_code

    @property
    def goes_to(self) -> str:
        """Where a 303 leads; empty for a page."""
        return self.answer.headers.get("location", "") if self.status == 303 else ""

    @property
    def language(self) -> str:
        """The language that the page says it is in."""
        return self.root.one("html")["lang"]

    @property
    def heading(self) -> str:
        """The one heading of the page."""
        return self.main.one("h1").text

    @property
    def main(self) -> Element:
        """The page without what stands on every page."""
        return self.root.one("main")

    @property
    def text(self) -> str:
        """What a person reads of it."""
        return self.main.text

    @property
    def notice(self) -> str:
        """The word about what was done before; empty when there is none."""
        return " ".join(element.text for element in self.main.all("p", class_="notice"))

    @property
    def problem(self) -> str:
        """What is said above a form that was refused; empty when it was not."""
        return " ".join(element.text for element in self.main.all("div", class_="problem"))

    def problem_of(self, name: str) -> str:
        """What is said beside a field, which must be tied to the field for those who do not see it."""
        field = self.main.one("input", id=name)
        assert ("true" if self.main.all("p", id=f"{name}-problem") else "") == field.get("aria-invalid")
        return " ".join(
            self.main.one("p", id=described).text
            for described in field.get("aria-describedby").split()
            if described == f"{name}-problem"
        )

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        [address] = {link["href"] for link in self.main.all("a") if words == link.text}
        return address

    def buttons(self) -> list[str]:
        """The words of all buttons of the page."""
        return [button.text for button in self.main.all("button")]

    def form(self, button: str) -> tuple[Element, Element]:
        """The form with the button of these words, and the button; the first of those that do the same."""
        found = [
            (form, pressed)
            for form in self.root.all("form")
            for pressed in form.all("button")
            if button == pressed.text
        ]
        assert 1 == len({form.get("action") for form, _ in found}), f"{len(found)} forms have the button {button}."
        return found[0]


def _value_of(control: Element) -> str:
    """What a field has that nobody touched; of a choice the chosen one, else the first."""
    if control.tag == "textarea":
        return "".join(child for child in control.children if isinstance(child, str))
    if control.tag == "select":
        options = control.all("option")
        return next((option["value"] for option in options if option.get("selected")), options[0]["value"])
    return control.get("value")


def filled(form: Element, button: Element, typed: dict[str, str]) -> list[tuple[str, str]]:
    """What a browser sends for a form when somebody typed this and pressed that; KeyError for a field it has not."""
    sent: list[tuple[str, str]] = []
    names = set()
    for control in form:
        if control.tag not in _CONTROLS:
            continue
        name, kind = control["name"], control.get("type")
        names.add(name)
        if kind in {"radio", "checkbox"}:
            chosen = control["value"] == typed[name] if name in typed else bool(control.get("checked"))
            sent += [(name, control["value"])] if chosen else []
        else:
            assert kind != "hidden" or name not in typed, f"Nobody can type into {name}."
            sent.append((name, typed.get(name, _value_of(control))))
    if unknown := typed.keys() - names:
        raise KeyError(*unknown)
    return sent + ([(button["name"], button.get("value"))] if button.get("name") else [])
