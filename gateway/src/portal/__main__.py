"""`python -m portal`: serve the pages, print the settings, keep the catalogue of words complete."""

import asyncio
import gc
import signal
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
import uvloop
from portico.applications.v1.stub import ApplicationsStub
from portico.casemanager.v1.stub import CasemanagerStub
from portico.identity.v1.stub import IdentityStub
from portico.notifications.v1.stub import NotificationsStub
from portico_errors import BY_REASON
from starlette.responses import PlainTextResponse
from uvicorn.protocols.http.h11_impl import H11Protocol

from chassis import telemetry
from chassis.clients import channel_credentials, open_channel
from chassis.settings import documented, load, masked
from portal.app import build
from portal.config import PortalSettings
from portal.core import catalogue
from portal.core.context import Services

app = typer.Typer(help="The pages that people see.", no_args_is_help=True, pretty_exceptions_enable=False)

KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than the edge keeps one, so that none is closed under a request."""
_log = telemetry.logger(__name__)


@app.command()
def serve() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    settings = load(PortalSettings)
    with telemetry.configured("portal", settings):
        _log.info("service.settings", **masked(settings))
        uvloop.run(_serve(settings))


@app.command()
def settings() -> None:
    """Print the settings as a table."""
    typer.echo(documented(PortalSettings), nl=False)


@app.command()
def words(
    check: Annotated[bool, typer.Option("--check", help="Fail when a word is missing or no longer used.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the catalogues lie.")] = Path("gateway/src/portal/locales"),
) -> None:
    """Bring the catalogues up to what templates and code say; new words wait there for their translation."""
    problems = catalogue.update(folder, write=not check)
    if problems and check:
        raise SystemExit("\n".join(problems))


class _Server(uvicorn.Server):
    """Ends in good order and returns; uvicorn's own raises the signal once more, before our last words are told."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)
        yield


class _GatewayOnly(H11Protocol):
    """Serves the gateway alone: what it states of a client, the services then believe from us."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        if _peer_name(transport) != "gateway":
            self.app = PlainTextResponse("This is for the gateway.", status_code=HTTPStatus.FORBIDDEN)


def _peer_name(transport: asyncio.Transport) -> str:
    """Who calls, by the first DNS name in the certificate, as `chassis.interceptor.peer_name` reads it."""
    names = transport.get_extra_info("peercert").get("subjectAltName", ())
    return next((name for kind, name in names if kind == "DNS"), "")


async def _serve(settings: PortalSettings) -> None:
    credentials = channel_credentials(ca=settings.tls_ca, cert=settings.tls_cert, key=settings.tls_key)
    identity = open_channel(settings.identity_address, server="identity", credentials=credentials, errors=BY_REASON)
    applications = open_channel(
        settings.applications_address, server="applications", credentials=credentials, errors=BY_REASON
    )
    casemanager = open_channel(
        settings.casemanager_address,
        server="casemanager",
        credentials=credentials,
        errors=BY_REASON,
        stub=CasemanagerStub,
    )
    notifications = open_channel(
        settings.notifications_address, server="notifications", credentials=credentials, errors=BY_REASON
    )
    async with identity, applications, casemanager, notifications:
        services = Services(
            IdentityStub(identity),
            ApplicationsStub(applications),
            CasemanagerStub(casemanager),
            NotificationsStub(notifications),
        )
        host, _, port = settings.listen.rpartition(":")
        config = uvicorn.Config(
            build(
                services=services,
                keys=settings.cookie_keys.reveal(),
                origin=settings.origin,
                shows_patterns=settings.shows_patterns,
            ),
            host=host.strip("[]"),
            port=int(port),
            http=_GatewayOnly,
            ssl_ca_certs=str(settings.tls_ca),
            ssl_certfile=str(settings.tls_cert),
            ssl_keyfile=str(settings.tls_key),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=round(settings.drain_grace),
        )
        gc.collect()
        gc.freeze()  # what stays is not looked through again and again, as in `chassis.process`
        _log.info("service.listening", port=port)
        await _Server(config).serve()
    _log.info("service.stopped")


if __name__ == "__main__":
    app()
