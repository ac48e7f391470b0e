"""The catalogue of words is complete, and what is missing in it is found."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from portal.__main__ import words
from portal.core import catalogue
from portal.core.i18n import LANGUAGES, NC_, i18n_for

LOCALES = Path(str(files("portal").joinpath("locales")))
SAVE = 'msgid "Save"\nmsgstr "Guardar"\n'


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The catalogues once more, to be spoiled."""
    return Path(shutil.copytree(LOCALES, tmp_path / "locales"))


def spoil(copy: Path, old: str, new: str) -> None:
    """Change something in the Spanish catalogue; AssertionError when it is not there."""
    file = copy / "es.po"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_word_is_translated() -> None:
    """PO-01: each language has a catalogue with all that pages and code say, and with nothing else."""
    assert {f"{language}.po" for language in LANGUAGES if language != "en"} == {file.name for file in LOCALES.iterdir()}
    assert [] == catalogue.update(LOCALES, write=False)


def test_words_stand_in_templates_code_and_scripts_alike() -> None:
    """PO-01: words of templates, of forms, of refusals and those with a number in them are found."""
    said = {message.id for message in catalogue.said() if message.id}

    assert {"Skip to the content", "Please sign in first.", "Withdraw invitation", "(optional)"} <= said
    assert ("%(count)s application is shown.", "%(count)s applications are shown.") in said
    contexts = {(message.context, message.id) for message in catalogue.said() if message.context}
    assert {("company", "Inactive"), ("bookings", "none")} <= contexts


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (SAVE, "", "es.po: missing: 'Save'"),
        (SAVE, 'msgid "Save"\nmsgstr ""\n', "es.po: missing: 'Save'"),
        (SAVE, f"#, fuzzy\n{SAVE}", "es.po: missing: 'Save'"),
        (SAVE, f'msgid "Save all"\nmsgstr "Guardar todo"\n\n{SAVE}', "es.po: unused: 'Save all'"),
        ('msgstr "por %(name)s"', 'msgstr "por %(nombre)s"', "es.po: wrong: 'by %(name)s'"),
        ('msgstr[1] "Se muestran %(count)s solicitudes."', 'msgstr[1] ""', "es.po: missing: ('%(count)s application"),
    ],
    ids=["missing", "empty", "fuzzy", "unused", "broken placeholder", "no plural"],
)
def test_what_is_wrong_with_a_catalogue_is_found(old: str, new: str, problem: str, copy: Path) -> None:
    """PO-01: a word that is missing, empty, doubtful, no longer said, or whose placeholder broke is named."""
    spoil(copy, old, new)

    problems = catalogue.update(copy, write=False)
    assert [problem] == [found[: len(problem)] for found in problems]
    with pytest.raises(SystemExit) as end:
        words(check=True, folder=copy)
    assert "\n".join(problems) == end.value.code


def test_a_catalogue_is_brought_up_to_what_is_said(copy: Path) -> None:
    """PO-01: `words` puts new words in their place, to be translated, and takes out those that nobody says."""
    before = (copy / "es.po").read_bytes()
    spoil(copy, SAVE, 'msgid "Save all"\nmsgstr "Guardar todo"\n')

    words(check=False, folder=copy)

    assert ["es.po: missing: 'Save'"] == catalogue.update(copy, write=False)
    spoil(copy, 'msgid "Save"\nmsgstr ""\n', SAVE)
    assert before == (copy / "es.po").read_bytes()


def test_a_complete_catalogue_is_left_alone(copy: Path) -> None:
    """PO-01: `words` changes nothing when nothing is new, so that nobody reads differences that are none."""
    words(check=True, folder=copy)
    words(check=False, folder=copy)

    assert (LOCALES / "es.po").read_bytes() == (copy / "es.po").read_bytes()


def test_a_language_without_a_catalogue_is_named(copy: Path) -> None:
    """PO-01: a language that is offered and has no catalogue is named, and so is a catalogue of no language."""
    complete = (copy / "es.po").read_text(encoding="utf-8")
    (copy / "es.po").rename(copy / "fr.po")

    assert ["fr.po: no language of ours", "es.po: missing: the catalogue"] == catalogue.update(copy, write=False)
    catalogue.update(copy, write=True)
    written = (copy / "es.po").read_text(encoding="utf-8")
    ids = [[line for line in text.splitlines() if line.startswith("msgid")] for text in (complete, written)]
    assert ids[0] == ids[1]


def test_a_file_that_is_no_catalogue_is_refused(copy: Path) -> None:
    """PO-01: a catalogue with a broken line is an error, and is not written over."""
    spoil(copy, SAVE, 'msgid "Save"\nnonsense\n')

    with pytest.raises(PoFileError):
        catalogue.update(copy, write=True)


def test_words_are_others_of_other_things() -> None:
    """PO-01: where one translation does not fit everywhere, it is chosen by what the words are said of."""
    of_a_company, of_a_person = NC_("company", "Inactive"), "Inactive"
    assert ["Inactive", "Inactive"] == [i18n_for("en")(words) for words in (of_a_company, of_a_person)]
    assert ["Inactiva", "Inactivo"] == [i18n_for("es")(words) for words in (of_a_company, of_a_person)]


def test_english_stands_in_the_code() -> None:
    """PO-01: English words are as they stand, Spanish ones are translated, and what nobody translated stays English."""
    assert ["Save", "Guardar", "Nobody said this"] == [
        i18n_for("en")("Save"),
        i18n_for("es")("Save"),
        i18n_for("es")("Nobody said this"),
    ]
