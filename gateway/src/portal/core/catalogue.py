"""The catalogue of words: what templates and code say in English, and the translations in `locales/*.po`."""

from collections.abc import Iterator
from importlib.resources import as_file, files
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from portal.core.i18n import Language

METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
_IN_CONTEXT = dict.fromkeys(("NC_", "pgettext"), ((1, "c"), 2))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "plural": (1, 2), "N_": None, **_IN_CONTEXT}
# Babel's own header has dates and blanks for names, which change and say nothing.
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def said() -> Catalog:
    """Every word that the pages say, in English, with the places where they say it."""
    template = Catalog(charset="utf-8")
    with as_file(files("portal")) as package:
        for file, line, message, comments, context in extract_from_dir(
            package, METHODS, OPTIONS, KEYWORDS, comment_tags=("For translators:",)
        ):
            template.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return template


def update(folder: Path, *, write: bool) -> list[str]:
    """Bring the catalogue of each language up to what is said; what is wrong with them, a line each."""
    template = said()
    offered = {folder / f"{language}.po" for language in Language if language is not Language.ENGLISH}
    problems = [f"{file.name}: no language of ours" for file in sorted({*folder.glob("*.po")} - offered)]
    for file in sorted(offered):
        is_there = file.is_file()
        catalogue = read_po(BytesIO(file.read_bytes() if is_there else b""), locale=file.stem, abort_invalid=True)
        found = _problems(template, catalogue) if is_there else ["missing: the catalogue"]
        problems += [f"{file.name}: {problem}" for problem in found]
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalogue.obsolete.clear()
        text = BytesIO()
        write_po(text, catalogue, width=120, sort_output=True, no_location=True, omit_header=True)
        if write:
            file.write_bytes(HEADER.format(language=file.stem).encode("utf-8") + text.getvalue())
    return problems


def _problems(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    for message in template:
        if message.id and not _translated(catalogue.get(message.id, message.context)):
            yield f"missing: {message.id!r}"
    for message in catalogue:
        if message.id and template.get(message.id, message.context) is None:
            yield f"unused: {message.id!r}"
        for error in message.check(catalogue):
            yield f"wrong: {message.id!r}: {error}"


def _translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)
