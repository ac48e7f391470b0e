"""The templates in the package: read, checked and compiled once per process.

`templates/<KEY>/template.toml` declares the values, `templates/<KEY>/<language>.{mjml,txt,sms}` hold the words, and
`templates/frame/` is what all of them share. `templates/versions.toml` gives each key its number and the digest of all
that it is made of; a template whose content is another than its number says does not load.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mjml import mjml2html
from portico_errors.notifications import TemplateNotFound

from notifications.shared.domain import Channel
from notifications.templates.branding import COLORS, DETAILS
from notifications.templates.emails import EmailPattern
from notifications.templates.patterns import Pattern, mark
from notifications.templates.presentation import Kind, plain

PACKAGED = Path(__file__).parent
FALLBACK = "en"
PORTAL = "portal"
"""The one value that every template has without declaring it: the address of our own pages."""

SAMPLE_PORTAL = "https://portico.example"
"""Where the links of the samples lead."""
ORGANIZATION = "organization_name"
"""Every template declares it: an email comes from it."""

Choices = Mapping[str, Mapping[str, str]]
"""Our own words for each code, by code and language."""

_FRAME, _VERSIONS, _DECLARATION = "frame", "versions.toml", "template.toml"
_SUBJECT = "Subject: "
_DETAILS = frozenset(DETAILS)


class TemplateBroken(Exception):
    """A template in the package is wrong; the service does not start with it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One template in one language for one channel: an email with both bodies, or the text of an SMS."""

    language: str
    text: Pattern
    email: EmailPattern | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """One key for one channel: what it shows, and its words by language.

    `values` are stored as they come, `sealed` are secrets; both by name. The `optional` of them may be empty or
    missing: the words ask with `{% if place %}`. `choices` are our words for codes, by name, code and language.
    `sample` is for previews and tests. `wordings` are compiled for the details of an organization and the optional
    values that are known.
    """

    key: str
    version: int
    channel: Channel
    values: Mapping[str, Kind]
    optional: frozenset[str]
    choices: Mapping[str, Choices]
    sealed: Mapping[str, Kind]
    wordings: Mapping[str, Callable[[frozenset[str]], Wording]]
    sample: Mapping[str, str]

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Everything that the template shows, secrets included."""
        return {**self.values, **self.sealed, PORTAL: Kind.LINK}

    def wording(self, language: str, known: frozenset[str] = frozenset()) -> Wording:
        """The words for a language tag: `es` serves `es-MX`, English serves what has none.

        `known` are the details of the organization that speaks (`branding`), and the values that are given.
        """
        wording = self.wordings.get(language.lower().partition("-")[0]) or self.wordings[FALLBACK]
        return wording(known & (_DETAILS | self.optional))

    def given(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values without the optional ones that are empty."""
        return {name: value for name, value in values.items() if name not in self.optional or plain(value)}

    def chosen(self, values: Mapping[str, str], language: str) -> Mapping[str, str]:
        """The words of the codes among the values, in a language of its wordings."""
        return {name: words[values[name]][language] for name, words in self.choices.items() if name in values}


class Catalogue:
    """All templates, by key and channel."""

    def __init__(self, folder: Path = PACKAGED) -> None:
        """Reads and compiles all of them; `TemplateBroken` names the first that is wrong."""
        self._templates = {
            (template.key, template.channel): template for key in keys(folder) for template in _read(folder, key)
        }

    def __iter__(self) -> Iterator[Template]:
        return iter(self._templates.values())

    def template(self, key: str, channel: Channel) -> Template:
        """The template; `TemplateNotFound` when there is none for the channel."""
        try:
            return self._templates[key, channel]
        except KeyError:
            raise TemplateNotFound(f"No template {key} for {channel.name}.") from None


def keys(folder: Path) -> list[str]:
    """The keys of the templates in a folder."""
    return sorted(declaration.parent.name for declaration in folder.glob(f"*/{_DECLARATION}"))


def record_versions(folder: Path = PACKAGED) -> list[str]:
    """Gives each template whose content changed its next number; returns their keys."""
    known, changed = _versions(folder), []
    lines = [
        "# Written by `python -m notifications record-versions`; the digest is of everything that the template shows."
    ]
    for key in keys(folder):
        number, digest = known.get(key, (0, ""))
        if digest != (current := _digest(folder, key)):
            number, digest = number + 1, current
            changed.append(key)
        lines.append(f'{key} = {{ number = {number}, digest = "{digest}" }}')
    (folder / _VERSIONS).write_text("\n".join(lines) + "\n")
    return changed


def _versions(folder: Path) -> dict[str, tuple[int, str]]:
    path = folder / _VERSIONS
    recorded = tomllib.loads(path.read_text()) if path.exists() else {}
    return {key: (version["number"], version["digest"]) for key, version in recorded.items()}


def _digest(folder: Path, key: str) -> str:
    files = sorted([*(folder / key).iterdir(), *(folder / _FRAME).iterdir()])
    content = b"".join(f"{file.relative_to(folder)}\0".encode() + file.read_bytes() + b"\0" for file in files)
    return hashlib.sha256(content).hexdigest()[:16]


def _read(folder: Path, key: str) -> list[Template]:
    number, digest = _versions(folder).get(key, (0, ""))
    if digest != _digest(folder, key):
        raise TemplateBroken(f"{key}: content changed since version {number}: run `notifications record-versions`.")
    declared = tomllib.loads((folder / key / _DECLARATION).read_text())
    optional = frozenset(declared.get("optional", {}))
    values = {name: Kind(kind) for name, kind in {**declared["values"], **declared.get("optional", {})}.items()}
    if ORGANIZATION not in values:
        raise TemplateBroken(f"{key}: does not declare {ORGANIZATION}, whose message it is.")
    templates = []
    for channel, suffix in ((Channel.EMAIL, ".txt"), (Channel.SMS, ".sms")):
        languages = sorted(file.stem for file in (folder / key).glob(f"*{suffix}"))
        if not languages:
            continue
        if FALLBACK not in languages:
            raise TemplateBroken(f"{key}: no {FALLBACK}{suffix}.")
        choices = _choices(key, declared.get("choices", {}), values, languages)
        sealed = {name: Kind(kind) for name, kind in declared.get("sealed", {}).get(channel.name, {}).items()}
        compiler = _Compiler(folder, key, {*values, *sealed, PORTAL, *COLORS}, optional)
        wordings = {language: cache(partial(compiler.wording, language, channel, sealed)) for language in languages}
        for wording in wordings.values():  # so that a broken one stops the start
            wording(frozenset()), wording(_DETAILS | optional)
        templates.append(
            Template(key, number, channel, values, optional, choices, sealed, wordings, declared["sample"])
        )
    return templates


def _choices(
    key: str, declared: Mapping[str, Choices], values: Mapping[str, Kind], languages: list[str]
) -> Mapping[str, Choices]:
    names = {name for name, kind in values.items() if kind is Kind.CHOICE}
    if names != declared.keys():
        raise TemplateBroken(f"{key}: declares {sorted(names)} as choices, and words for {sorted(declared)}.")
    for name, words in declared.items():
        lacking = [code for code, by_language in words.items() if sorted(by_language) != languages]
        if lacking or not words:
            raise TemplateBroken(f"{key}: {name} needs words in {languages} for each code; see {lacking}.")
    return declared


class _Compiler:
    """Renders one template with marks in place of its values."""

    def __init__(self, folder: Path, key: str, names: set[str], optional: frozenset[str]) -> None:
        # Values are never rendered by Jinja: what it sees are marks, so there is nothing to escape here.
        self._jinja = Environment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._key, self._marks = key, {name: mark(name) for name in names}
        self._conditional = {*DETAILS, *optional}

    def wording(self, language: str, channel: Channel, sealed: Mapping[str, Kind], known: frozenset[str]) -> Wording:
        if channel is Channel.SMS:
            return Wording(language, Pattern.of(self._rendered(f"{language}.sms", known).strip()))
        first, _, text = self._rendered(f"{language}.txt", known).partition("\n")
        html = mjml2html(self._rendered(f"{language}.mjml", known), disable_comments=False, fonts={})
        subject = Pattern.of(first.removeprefix(_SUBJECT))
        if not first.startswith(_SUBJECT) or not sealed.keys().isdisjoint(subject.names):
            raise TemplateBroken(f"{self._key}/{language}.txt: begins with `{_SUBJECT}` and words without a secret.")
        body = Pattern.of(text.strip() + "\n")
        return Wording(
            language, body, EmailPattern.of(subject=subject, text=body, html=Pattern.of(html), language=language)
        )

    def _rendered(self, name: str, known: frozenset[str]) -> str:
        conditional = {each: mark(each) if each in known else "" for each in self._conditional}
        return self._jinja.get_template(f"{self._key}/{name}").render({**self._marks, **conditional})
