"""A service's process from its first readiness to its last call."""

import asyncio
import gc
import signal
from contextlib import AsyncExitStack
from typing import NoReturn, TypeVar

from chassis import telemetry
from chassis.context import Background, Build, Probe, ServiceContext
from chassis.errors import ServiceError
from chassis.server import Server, server_credentials
from chassis.settings import Settings
from chassis.tasks import cancel

S = TypeVar("S", bound=Settings)

_PROBE_SECONDS = 0.1
_PROBE_OFTEN = 1.0
_PROBE_TIMEOUT = 4.0  # longer than a call waits for a connection of the pool
_RESTART_SECONDS = 1.0
_QUIET = 1.5  # the edge asks for the health of a service once a second
_MAX_SECONDS = 6.0  # when it is too busy to be told, or somebody asks who does not look at the health
_END_POLL_SECONDS = 12.0  # longer than a part's last work takes, but for what must come to an end (`tasks.to_its_end`)
_log = telemetry.logger(__name__)


async def serve(name: str, settings: S, build: Build[S]) -> None:
    """Serves until SIGTERM or SIGINT; then takes no new call, and gives the running ones their time."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as exit_stack:
        context = ServiceContext(name, settings, exit_stack)
        await build(context)
        server = await context.build_server()
        credentials = server_credentials(ca=settings.tls_ca, cert=settings.tls_cert, key=settings.tls_key)
        port = await server.start(settings.listen, credentials)
        _log.info("service.listening", port=port)
        # What is there now stays: to look through all of it for garbage would stop the process for 70 ms each time.
        gc.collect()
        gc.freeze()
        tasks = [
            asyncio.create_task(_kept_running(name, work), name=name) for name, work in context.backgrounds.items()
        ]
        watch = asyncio.create_task(_watch_readiness(server, context.probes), name="readiness")
        await stop.wait()
        _log.info("service.stopping")
        await cancel(watch)
        # A call that meets a closing connection may end as CANCELLED, which no client may repeat: first they are sent
        # elsewhere, and then it closes.
        await server.set_ready(False)
        await server.until_nobody_comes(quiet=_QUIET, at_most=_MAX_SECONDS)
        # Events of the last calls are still published; what is not is published by the next process.
        await server.drain(settings.drain_grace)
        await cancel(*tasks, poll_seconds=_END_POLL_SECONDS)
    _log.info("service.stopped")


async def _kept_running(name: str, work: Background) -> NoReturn:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 whatever it is: one part's fault must not end the others
            _log.exception("background.failed", part=name)
        await asyncio.sleep(_RESTART_SECONDS)


async def _watch_readiness(server: Server, probes: dict[str, Probe]) -> NoReturn:
    missing: list[str] | None = None
    while True:
        now_missing = [name for name, probe in probes.items() if not await _holds(probe)]
        if now_missing != missing:
            missing = now_missing
            await server.set_ready(not missing)
            _log.info("service.ready" if not missing else "service.not_ready", missing=missing)
        await asyncio.sleep(_PROBE_SECONDS if missing else _PROBE_OFTEN)


async def _holds(probe: Probe) -> bool:
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT):
            return await probe()
    except (ServiceError, TimeoutError):
        return False
    except Exception:  # noqa: BLE001 a probe that cannot tell says no; it must not end the watching
        _log.exception("probe.failed")
        return False
