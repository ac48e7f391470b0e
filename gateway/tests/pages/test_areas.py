"""The areas are put together whole: each page has its template, each template its page, and nothing stands twice."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2.meta import find_referenced_templates

import portal
from portal import areas
from portal.app import AREAS, PAGES, SITE
from portal.core.i18n import Language
from portal.core.renderer import Templates

SOURCE = Path(portal.__file__).parent
NAME = re.compile(r"[a-z_/]+\.html")
OPTIONAL = {"organization.html"}
"""What stands in the footer of an organization that has a face."""
ENVIRONMENT = Templates(area.__name__ for area in AREAS)._environments[Language.ENGLISH]


def named_in_code() -> Iterator[tuple[str, str]]:
    """Every template that code names, with the file that names it."""
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and NAME.fullmatch(str(node.value)):
                yield file.relative_to(SOURCE).as_posix(), str(node.value)


def named_in_templates() -> Iterator[tuple[str, str]]:
    """Every template that another one extends, includes or imports from, with the one that does."""
    for name in ENVIRONMENT.list_templates():
        assert ENVIRONMENT.loader is not None
        for other in find_referenced_templates(ENVIRONMENT.parse(ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0])):
            assert other, f"{name} reads a template whose name is not written in it."
            yield name, other


def area_of(name: str) -> str:
    """The area of a template or a file; empty for what is of the core."""
    parts = name.removeprefix("areas/").split("/")
    return parts[0] if len(parts) > 1 and parts[0] not in {"core", "parts"} else ""


def test_every_page_has_its_template_and_every_template_its_page() -> None:
    """PO-01: no page names a template that there is not, and no template lies there that nobody shows."""
    named = {name for _, name in (*named_in_code(), *named_in_templates())}

    assert {"staff/application.html", "layout.html", "staff/guardian_fields.html"} <= named
    assert named - OPTIONAL == set(ENVIRONMENT.list_templates()) - OPTIONAL


@pytest.mark.parametrize(("where", "name"), [*named_in_code(), *named_in_templates()])
def test_a_template_is_used_in_its_own_area(where: str, name: str) -> None:
    """PO-01: areas share what lies in the core, and nothing of one another."""
    assert area_of(name) in {"", area_of(where)}


@pytest.mark.parametrize("name", ENVIRONMENT.list_templates())
def test_a_template_can_be_read(name: str) -> None:
    """PO-01: a template with a slip in it is found before anybody asks for its page."""
    ENVIRONMENT.get_template(name)


def test_every_area_is_in_the_portal() -> None:
    """PO-01: an area that lies in the folder has its pages in the portal, under the name of its templates."""
    assert {module.name for module in pkgutil.iter_modules(areas.__path__)} == {
        area.__name__.rpartition(".")[2] for area in AREAS
    }
    assert all(files(area.__name__).joinpath("templates").is_dir() for area in AREAS)


def test_nothing_stands_twice() -> None:
    """PO-01: no two areas have the same address or flash message, and a link of the header leads to a page of ours."""
    paths = Counter(page.path for page in PAGES)

    assert [1] * len(PAGES) == list(paths.values())
    problems = sum(flash.is_problem for flash in SITE.flashes.values())
    assert len(SITE.flashes) == problems + sum(len(area.FLASHES) for area in AREAS)
    assert {link.path for link in SITE.nav} <= paths.keys()
