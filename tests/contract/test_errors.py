"""Every reason for an error is in the contract, is used, and is raised as the contract says."""

import inspect
import pkgutil
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from chassis.errors import ServiceError
from gateway.contract import Contract, Reason, code_name
from gateway.errors import HTTP_STATUS

CONTRACT = Contract.read(Path(__file__).parents[2] / "protos/build/portico.binpb")
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
    used = {name for rpc in rpcs for name in rpc.reasons}

    assert OWN[package].keys() == used, "Name the reason in `reasons` of the rpc that answers with it, or remove it."


def test_a_name_means_one_code_everywhere() -> None:
    """GW-04: two packages may have the same reason, but then with the same code; the common ones are nobody's own."""
    pairs = {(name, reason.code) for reasons in OWN.values() for name, reason in reasons.items()}
    ambiguous = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]

    assert [] == ambiguous, "Give one of them another name."
    assert set() == {name for name, _ in pairs} & CONTRACT.reasons(COMMON).keys(), "Use the common reason."


@pytest.mark.parametrize("package", CONTRACT.packages)
def test_services_raise_what_the_contract_says(package: str) -> None:
    """GW-04: every reason of a package has one error class with its code in the service, and every class a reason."""
    raised = [(error.reason, code_name(error.code)) for error in errors_of(package.split(".")[1])]
    common = {(reason.name, code_name(reason.code)) for reason in CONTRACT.reasons(COMMON).values()}
    promised = {(reason.name, code_name(reason.code)) for reason in OWN[package].values()}

    assert set() == set(raised) - promised - common, "Add the reason to errors.proto, or correct the class."
    assert set() == promised - set(raised), "Write an error class with this reason and code, or remove the reason."
    assert len(raised) == len(set(raised)), "One class for a reason is enough."


def errors_of(service: str) -> list[type[ServiceError]]:
    """The error classes that stand in the modules of a service."""
    package = import_module(service)
    found = set()
    for module in pkgutil.walk_packages(package.__path__, f"{service}."):
        # Neither is for importing: one runs the service, the other the migrations.
        if module.name == f"{service}.__main__" or ".migrations" in module.name:
            continue
        for _, member in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(member, ServiceError) and member.__module__.startswith(f"{service}."):
                found.add(member)
    return sorted(found, key=lambda error: error.__qualname__)
