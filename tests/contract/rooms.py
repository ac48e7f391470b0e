"""The rooms of each service: its features, what each may import of the others, and how its files are called.

One list, from which import-linter's contracts are made (`make check`), the contract tests, and the pictures in the
services' READMEs. A feature imports what stands here; whatever else it needs of a feature has the wrong room.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SERVICES = Path(__file__).parents[2] / "services"
KINDS = ("domain", "storage", "events", "messages", "wire", "deps", "aggregate", "usecases", "consumers", "servicer")
"""The files that a feature may have, each a module or a package."""
_INWARDS = ["(servicer) : (consumers)", "(usecases)", "(aggregate)", "(deps)", "(messages) : (events)"]
_INWARDS += ["(storage) : (wire)", "(domain)"]
_IMPURE = ("alembic", "google", "grpc", "httpx", "msgspec", "nats", "opentelemetry", "portico", "psycopg", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Room:
    """A feature: which others it may import, and which files it has beside the usual kinds."""

    imports: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


ROOMS: Mapping[str, Mapping[str, Room]] = {
    "applications": {
        "application": Room(files=("contacts", "keys")),
        "search": Room(("application",)),
        "timeline": Room(("application",)),
        "families": Room(("application",)),
        "links": Room(("application",)),
        "invitations": Room(("application",)),
        "intake": Room(("application", "invitations")),
        "batches": Room(("application", "invitations", "links", "search")),
        "deliveries": Room(("application", "batches")),
        "claims": Room(("application", "families", "invitations")),
    },
    "identity": {
        "organizations": Room(files=("profile", "search")),
        "passwords": Room(files=("breached", "hasher", "process", "turns")),
        "lockout": Room(),
        "accounts": Room(("lockout", "organizations"), files=("proofs", "words")),
        "audit": Room(("accounts", "organizations")),
        "sessions": Room(
            ("accounts", "lockout", "organizations", "passwords"), files=("failures", "finish", "notices", "tokens")
        ),
        "resets": Room(("accounts", "organizations", "sessions")),
        "reminders": Room(("accounts", "organizations", "resets")),
        "registrations": Room(("accounts", "organizations", "sessions")),
        "login_users": Room(("accounts", "lockout", "organizations", "resets")),
        "onboarding": Room(("accounts", "organizations", "sessions")),
    },
    "notifications": {
        "templates": Room(
            files=(
                *("branding", "catalogue", "composition", "emails", "moments", "patterns", "presentation", "segments"),
                "sms",
            )
        ),
        "providers": Room(files=("sms", "smtp")),
        "messages": Room(files=("retention",)),
        "requests": Room(("messages", "templates"), files=("checks",)),
        "sending": Room(("messages", "providers", "templates"), files=("attempts", "redaction", "sender", "turns")),
        "dead_letters": Room(("messages", "requests")),
    },
    "casemanager": {
        "files": Room(files=("downloads", "scanner", "scanning", "uploads")),
        "companies": Room(files=("listing",)),
        "units": Room(("companies",)),
        "history": Room(),
        "settings": Room(),
        "value_lists": Room(),
        "logins": Room(),
        "tasks": Room(("logins",), files=("listing",)),
        "case_managers": Room(("companies", "history", "logins", "tasks", "value_lists"), files=("listing", "renames")),
        "case_manager_logins": Room(("case_managers", "history", "logins", "tasks")),
        "login_offers": Room(("case_manager_logins", "case_managers", "logins", "settings", "tasks")),
        "places": Room(),
        "reservations": Room(),
        "specialists": Room(("logins", "places", "reservations", "tasks", "value_lists"), files=("listing",)),
        "specialist_logins": Room(("logins", "specialists")),
        "profile": Room(("case_managers", "specialists")),
        "availabilities": Room(("places", "reservations", "specialists", "value_lists")),
        "slots": Room(("availabilities", "places", "reservations", "settings", "specialists"), files=("calendar",)),
        "cases": Room(("case_managers", "companies", "value_lists"), files=("listing", "search")),
        "bookings": Room(
            (
                *("availabilities", "case_managers", "cases", "companies", "files", "places", "reservations"),
                *("settings", "slots", "specialists", "tasks", "value_lists"),
            ),
            files=("asked", "choices", "clock", "recipients", "search", "selection"),
        ),
        "time_off": Room(("bookings", "reservations", "settings", "specialists", "tasks")),
        "exports": Room(
            (
                *("availabilities", "bookings", "case_managers", "cases", "companies", "files", "places"),
                *("specialists", "units", "value_lists"),
            ),
            files=("retention", "rows"),
        ),
        "paperwork": Room(("bookings", "files", "settings", "tasks"), files=("clock",)),
        "reports": Room(
            (
                *("bookings", "case_managers", "cases", "companies", "files", "logins", "paperwork", "settings"),
                "tasks",
            ),
            files=("clock", "listing", "loading"),
        ),
        "files_to_check": Room(("bookings", "files", "paperwork", "reports")),
    },
}
BESIDE = {"__init__", "__main__", "app", "commands", "config", "migrations", "shared"}
"""What stands in a service beside its features: the composition root above them, `shared` below."""


def modules(service: str, feature: str) -> dict[str, str]:
    """The modules and packages of a feature, by their short names; KeyError-free for what is no folder."""
    folder = SERVICES / service / "src" / service / feature
    found = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    return {name: f"{service}.{feature}.{name}" for name in sorted(found - {"__init__"})}


def mermaid(service: str) -> str:
    """The rooms of a service as a picture for its README; an arrow: may import."""
    lines = [
        f"    {feature} --> {' & '.join(room.imports)}" if room.imports else f"    {feature}"
        for feature, room in reversed(list(ROOMS[service].items()))
    ]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


def contracts() -> Iterator[str]:
    """The contracts as import-linter reads them."""
    for service, rooms in ROOMS.items():
        everything = [f"{service}.{feature}" for feature in rooms]
        if (SERVICES / service / "src" / service / "shared").exists():
            yield _forbidden(f"{service}: shared imports no feature", [f"{service}.shared"], everything)
        for feature, room in rooms.items():
            own = {feature, *room.imports}
            others = [f"{service}.{other}" for other in rooms if other not in own]
            if others:
                name = f"{service}: {feature} imports {', '.join(room.imports) or 'no other feature'}"
                yield _forbidden(name, [f"{service}.{feature}"], others, directly=True)
        above = [f"{service}.{name}" for name in ("app", "commands", "__main__") if _has(service, name)]
        yield _forbidden(f"{service}: no feature knows the composition root", everything, above)
        yield _layers(f"{service}: inside a feature, imports point inwards", everything)
        domains = [
            found["domain"] for feature in (*rooms, "shared") if "domain" in (found := modules(service, feature))
        ]
        if domains:
            yield _forbidden(f"{service}: the domain is pure", domains, list(_IMPURE))


def _has(service: str, name: str) -> bool:
    return (SERVICES / service / "src" / service / f"{name}.py").exists()


def _forbidden(name: str, sources: list[str], targets: list[str], *, directly: bool = False) -> str:
    return _contract(name, "forbidden", source_modules=sources, forbidden_modules=targets, allow_indirect=directly)


def _layers(name: str, containers: list[str]) -> str:
    return _contract(name, "layers", containers=containers, layers=_INWARDS)


def _contract(name: str, kind: str, *, allow_indirect: bool = False, **lists: list[str]) -> str:
    lines = ["[[tool.importlinter.contracts]]", f'name = "{name}"', f'type = "{kind}"']
    lines += [f"{key} = {values!r}" for key, values in lists.items()]
    if allow_indirect:
        lines.append("allow_indirect_imports = true")
    return "\n".join(lines)


def main() -> None:
    """Checks the imports of the house: what pyproject.toml says, and what follows from the rooms."""
    from importlinter.cli import lint_imports

    written = (SERVICES.parent / "pyproject.toml").read_text(encoding="utf-8")
    settings = written[written.index("[tool.importlinter]") :]
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write("\n\n".join([settings, *contracts()]))
        file.flush()
        sys.exit(lint_imports(config_filename=file.name, no_logo=True))


if __name__ == "__main__":
    main()
