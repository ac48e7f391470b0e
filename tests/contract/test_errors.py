"""Every reason for an error is in the contract, is used, and is raised as the contract says."""

import re
from collections import Counter
from pathlib import Path

import pytest
from portico_errors import BY_REASON

from gateway.contract import Contract, Reason, code_name
from gateway.errors import HTTP_STATUS

ROOT = Path(__file__).parents[2]
CONTRACT = Contract.read(ROOT / "protos/build/portico.binpb")
COMMON = "portico.options.v1"
OWN = {package: CONTRACT.reasons(package) for package in CONTRACT.packages}
REASONS = {
    f"{package}.{name}": reason
    for package in (COMMON, *CONTRACT.packages)
    for name, reason in CONTRACT.reasons(package).items()
}


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_every_reason_says_what_a_caller_sees(reason: Reason) -> None:
    """GW-04: a reason has a code that services raise, an example of its message, and a comment."""
    assert code_name(reason.code) in HTTP_STATUS, "Give the value `error` with one of the codes of chassis.errors."
    assert reason.example, "Give the value an `example`: a message as a caller could read it."
    assert reason.comment, "Write above the value when this happens."


@pytest.mark.parametrize("package", CONTRACT.packages)
def test_every_reason_is_used(package: str) -> None:
    """GW-04: there is no reason that no RPC answers with."""
    rpcs = [rpc for service in CONTRACT.services for rpc in service.rpcs if rpc.package == package]
    used = {name for rpc in rpcs for name in rpc.reasons if name.startswith(f"{package}.")}

    assert {f"{package}.{name}" for name in OWN[package]} == used, (
        "Name the reason in `reasons` of the rpc that answers with it, or remove it."
    )


def test_a_name_means_one_code_everywhere() -> None:
    """GW-04: two packages may have the same reason, but then with the same code; the common ones are nobody's own."""
    pairs = {(name, reason.code) for reasons in OWN.values() for name, reason in reasons.items()}
    ambiguous = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]

    assert [] == ambiguous, "Give one of them another name."
    assert set() == {name for name, _ in pairs} & CONTRACT.reasons(COMMON).keys(), "Use the common reason."


@pytest.mark.parametrize("package", CONTRACT.packages)
def test_services_raise_what_the_contract_says(package: str) -> None:
    """GW-04: the class that was made of a reason is named somewhere in its service, which has no such class by hand."""
    service = package.split(".")[1]
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "services" / service / "src").rglob("*.py")]
    named = {name for source in sources for name in re.findall(r"\b[A-Z]\w+\b", source)}
    classes = {error.__name__ for (owner, _), error in BY_REASON.items() if owner == service}

    assert set() == classes - named, "Raise it where the contract says so, or remove the reason."
    by_hand = [reason for source in sources for reason in re.findall(r'^    reason = "(\w+)"', source, re.MULTILINE)]
    assert [] == by_hand, "Write the reason into errors.proto: the build makes the class."


def test_every_reason_becomes_a_class_with_its_code() -> None:
    """GW-04: what the build makes of a reason has its name, its code and its message."""
    made = {f"portico.{service}.v1.{reason}": error for (service, reason), error in BY_REASON.items()}

    assert {name: reason.code for name, reason in REASONS.items() if not name.startswith(COMMON)} == {
        name: int(error.code) for name, error in made.items()
    }
    assert all(error.message and error.__doc__ for error in made.values())
