"""The OpenAPI document is enough for a client that nobody wrote."""

import json
import re
import subprocess
import sysconfig
from importlib import import_module
from pathlib import Path

import httpx
import pytest

from tests.e2e.families import Submission, fresh_email
from tests.e2e.people import ADMIN_PASSWORD

PACKAGE = "portico_client"


def snake_case(name):
    """`sessions_service_login` for `SessionsService_Login`, as the generator names modules."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


@pytest.fixture(scope="module")
def document(stack):
    """As the gateway serves it."""
    return httpx.get(f"{stack.gateway}/openapi.json", trust_env=False).json()


@pytest.fixture(scope="module")
def folder(document, tmp_path_factory):
    """Where `openapi-python-client` has written the package; a warning, as for an operation left out, fails it."""
    folder = tmp_path_factory.mktemp("client")
    served, config = folder / "openapi.json", folder / "config.yaml"
    served.write_text(json.dumps(document), encoding="utf-8")
    config.write_text("post_hooks: []", encoding="utf-8")  # it would format what it wrote
    command = [str(Path(sysconfig.get_path("scripts"), "openapi-python-client")), "generate", "--fail-on-warning"]
    options = ["--path", served, "--config", config, "--meta", "none", "--output-path", folder / PACKAGE]
    finished = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120, check=False)
    assert 0 == finished.returncode, finished.stdout + finished.stderr
    return folder


@pytest.fixture
def generated(folder, monkeypatch):
    """Imports a module of the package."""
    monkeypatch.syspath_prepend(folder)
    return lambda name: import_module(f"{PACKAGE}.{name}")


@pytest.fixture
def call(generated):
    """Calls an operation by its id, with a body as JSON; the answer as the model that the document says."""

    def call(client, operation_id, *path, body=None):
        service, _, _ = operation_id.partition("_")
        module = generated(f"api.{snake_case(service)}.{snake_case(operation_id)}")
        if body is None:
            return module.sync(*path, client=client)
        model = module.sync_detailed.__annotations__["body"]
        return module.sync(*path, client=client, body=model.from_dict(body))

    return call


def test_every_operation_is_in_the_client(document, folder):
    """CASE-M7: each operation of the document has its module in the generated client, and there is no other."""
    described = {
        snake_case(operation["operationId"]) for verbs in document["paths"].values() for operation in verbs.values()
    }

    assert described == {path.stem for path in folder.glob(f"{PACKAGE}/api/*/*.py")} - {"__init__"}


def test_the_client_drives_the_suite(stack, agency, generated, call):
    """CASE-M7: who has only the generated client signs in, enters an application, changes a guardian and reads it."""
    clients, options = generated("client"), {"base_url": stack.gateway, "httpx_args": {"trust_env": False}}
    credentials = {"realm": agency.slug, "username": agency.username, "password": ADMIN_PASSWORD}

    with clients.Client(**options) as anybody:
        refused = call(anybody, "SessionsService_Login", body={**credentials, "password": "four wrong words here"})
        signed_in = call(anybody, "SessionsService_Login", body=credentials)
    with clients.AuthenticatedClient(token=signed_in.tokens.access_token, **options) as staff:
        me = call(staff, "AccountsService_GetMyAccount")
        entered = call(staff, "IntakeService_CreateApplication", body=Submission(email=fresh_email()).body())
        [guardian] = entered.guardians
        change = {"guardian": {"givenName": "Ana"}, "updateMask": "givenName"}
        call(staff, "ApplicationsService_UpdateGuardian", entered.id, guardian.id, body=change)
        read = call(staff, "ApplicationsService_GetApplication", entered.id)

    assert 16 == refused.code
    assert agency.username == me.username
    assert ["Ana"] == [each.given_name for each in read.guardians]
