"""The whole stack: everything up in parallel, everything down in order, and each part on its own for the tests.

    with Stack(tmp_path) as stack:
        httpx.get(f"{stack.gateway}/readyz")
        stack.kill("identity")
        stack.start("identity")

Parts: `postgres`, `nats`, `mail`, `sms`, `scanner`, `identity`, `applications`, `notifications`, `casemanager`,
`portal`, `envoy`; and `seaweed` where files are kept in an S3 of the stack's own.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from local_stack.certificates import Certificate, development_certificates
from local_stack.envoy import prepare_envoy
from local_stack.external import OWN_S3, External
from local_stack.folder import only_user_of
from local_stack.health import answers, serving
from local_stack.mail import Inbox, MailPorts, prepare_mail
from local_stack.migrations import UnknownRevision, is_current
from local_stack.nats import NatsTls, prepare_nats, service_user
from local_stack.parts import Parts
from local_stack.ports import LOOPBACK, KeptPorts, Ports
from local_stack.postgres import Postgres, PostgresUrl, create_service_database, prepare_postgres
from local_stack.processes import Child, Program, StartFailed
from local_stack.progress import Progress, Silence
from local_stack.scanner import TestScanner, prepare_scanner
from local_stack.seaweed import Seaweed, prepare_seaweed
from local_stack.secrets import DevelopmentSecrets
from local_stack.sms import SmsSink, prepare_sms
from local_stack.topology import EDGE, GATEWAY, PORTAL, SERVICES, Surroundings

USUAL_PORTS = {"gateway": 8080, "gateway with TLS": 8443, "inbox": 8025, "sms": 8026}
INFRASTRUCTURE = frozenset({"postgres", "nats", "mail", "sms", "scanner", "seaweed"})
COMMAND_SECONDS = 120
READY_SECONDS = 60
STOP_SECONDS = 80  # more than a sender waits for a slow provider; all others end within seconds
POLL_SECONDS = 0.05


class CommandFailed(Exception):
    """A service's command ended with an error; the message is what it wrote."""


class Stack:
    """Everything that Portico needs, on one machine, for as long as the `with` block lasts.

    The data stay in `data`; a second start finds them. Ports are any free ones, unless the usual ones are wanted.
    `bounds_callers` holds each address to what it may do, as a deployment does; with `tls` the gateway speaks https.
    """

    gateway: str
    """The origin that clients talk to, without a slash at the end."""
    inbox: Inbox
    """Where the email goes, unless an external SMTP server is used."""
    sms: SmsSink
    """Where the SMS go, unless an external provider is used."""
    scanner: TestScanner
    """Who looks at files, unless an external scanner is used."""
    seaweed: Seaweed
    """Who keeps files, where an S3 of the stack's own is wanted."""
    secrets: DevelopmentSecrets
    authority: Path
    """PEM: who signed all certificates; with `tls`, whom a client of the gateway has to trust."""
    parts: Parts
    around: Surroundings
    """What the services find around themselves: for tests and the bench, which look past the gateway."""

    def __init__(
        self,
        data: Path,
        *,
        usual_ports: bool = False,
        bounds_callers: bool = False,
        tls: bool = False,
        external: External | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.data = data.resolve()
        self.external = external or External()
        self.authority = self.data / "certificates" / "ca.pem"
        self._progress = progress or Silence()
        self.parts = Parts(self._progress)
        self._tls = tls
        self._usual_ports = usual_ports
        self._bounds_callers = bounds_callers
        self._folder = ExitStack()

    def __enter__(self) -> "Stack":
        self._folder.enter_context(only_user_of(self.data))
        pool = ThreadPoolExecutor(thread_name_prefix="start", max_workers=len([*SERVICES, PORTAL, *INFRASTRUCTURE]))
        try:
            self._bring_up(pool)
        except BaseException:
            self._bring_down()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bring_down()

    def kill(self, part: str) -> None:
        """SIGKILL."""
        self.parts[part].kill()

    def start(self, part: str) -> None:
        """Start a part that ended; returns when it is ready."""
        self.parts[part].start()

    def restart(self, part: str) -> None:
        """End a part in good order and start it again; returns when it is ready."""
        self.parts[part].stop()
        self.parts[part].start()

    def run(self, service: str, *arguments: str, stdin: str = "") -> str:
        """Run a command of a service (`python -m identity create-organization …`) and return what it printed."""
        finished = subprocess.run(  # noqa: S603 - our own programs
            [sys.executable, "-m", service, *arguments],
            input=stdin,
            env={**os.environ, **self.around.owner_environment(service)},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if finished.returncode:
            raise CommandFailed(f"{service} {' '.join(arguments)}: {finished.stderr}")
        return finished.stdout

    def owner_url(self, service: str) -> str:
        """The service's database, for the role that owns its tables."""
        return self.around.owner_environment(service)["PORTICO_DATABASE_OWNER_URL"]

    def wait_until_ready(self) -> None:
        """Return as soon as the gateway says that every service is ready; StartFailed when a part has ended."""
        deadline = time.monotonic() + READY_SECONDS
        client = self.around.certificates[GATEWAY] if self._tls else None
        while not answers(urlsplit(self.gateway).netloc, "/readyz", client=client):
            for name, child in self.parts.items():
                if not child.is_running:
                    raise StartFailed(f"{name} ended; its log is {child.program.log}.")
            if time.monotonic() > deadline:
                raise StartFailed(f"The gateway was not ready after {READY_SECONDS} s; logs are in {self._logs}.")
            time.sleep(POLL_SECONDS)

    @property
    def _logs(self) -> Path:
        return self.data / "logs"

    def _log(self, part: str) -> Path:
        return self._logs / f"{part}.log"

    def _bring_up(self, pool: ThreadPoolExecutor) -> None:
        for log in self._logs.glob("*.log"):
            log.unlink()
        ports = Ports()
        plain_port, tls_port = self._edge_ports(ports)
        self.gateway = f"https://{LOOPBACK}:{tls_port}" if tls_port else f"http://{LOOPBACK}:{plain_port}"
        self.secrets = DevelopmentSecrets(self.data / "secrets", must_exist=(self.data / "postgres/cluster").exists())
        names = [*SERVICES, PORTAL, GATEWAY, *([EDGE] if self._tls else []), "nats"]
        certificates = development_certificates(
            self.authority.parent, names, now=datetime.now(tz=UTC), say=self._progress.say
        )
        messengers = [*self._messengers(ports), *self._scanners(ports), *self._stores(ports)]
        nats_urls, brokers = self._nats(ports, certificates["nats"])
        started = [pool.submit(self.parts.start, child) for child in (*messengers, *brokers)]
        postgres = self.external.postgres or self._cluster(ports)
        around = self.around = Surroundings(
            secrets=self.secrets,
            certificates=certificates,
            postgres=postgres,
            nats_urls=nats_urls,
            addresses={member: f"{LOOPBACK}:{ports.take()}" for member in (*SERVICES, PORTAL)},
            public_url=self.gateway,
            smtp_url=self.external.smtp_url or self.inbox.smtp_url,
            sms=self.external.sms or self.sms.as_provider(),
            data=self.data,
            scanner_url=self.external.scanner_url or self.scanner.url,
            blob_url=self._blob_url(),
            otlp_endpoint=self.external.otlp_endpoint,
            bounds_callers=self._bounds_callers,
        )
        database = pool.submit(self._start_postgres, postgres)
        started += [pool.submit(self._start_service, service, around, database) for service in SERVICES]
        started.append(pool.submit(self._start_portal, around))
        for future in as_completed(started):
            future.result()
        # Last, because its first look at the services is at once and the next one a while later.
        self.parts.start(
            prepare_envoy(
                self.data / "envoy",
                listen=tls_port or plain_port,
                plain=plain_port if tls_port else None,
                around=around,
                log=self._log("envoy"),
            )
        )
        self.wait_until_ready()

    def _kept_port(self, ports: Ports, name: str) -> int:
        """A port that people know: of the gateway, the inbox and the SMS."""
        kept = KeptPorts(self.data / "ports.json", ports, self._progress.say)
        return kept.take(name, USUAL_PORTS[name] if self._usual_ports else None)

    def _edge_ports(self, ports: Ports) -> tuple[int, int | None]:
        """Of plain HTTP, and of TLS where it is wanted."""
        return self._kept_port(ports, "gateway"), self._kept_port(ports, "gateway with TLS") if self._tls else None

    def _cluster(self, ports: Ports) -> Postgres:
        """PostgreSQL's; to make it takes a while, so that is told like a part."""
        data, log, is_new = self.data / "postgres", self._log("postgres"), "a new cluster"
        if (data / "cluster").exists():
            return prepare_postgres(data, port=ports.take(), log=log, say=self._progress.say)
        self._progress.starting(is_new)
        made = prepare_postgres(data, port=ports.take(), log=log, say=self._progress.say)
        self._progress.ready(is_new)
        return made

    def _messengers(self, ports: Ports) -> Iterator[Child]:
        if self.external.smtp_url is None:
            mail_ports = MailPorts(smtp=ports.take(), imap=ports.take(), web=self._kept_port(ports, "inbox"))
            self.inbox = Inbox(mail_ports, self.secrets.password("mail"))
            yield prepare_mail(self.inbox, kept=self.data / "mail", log=self._log("mail"))
        if self.external.sms is None:
            account, token = self.secrets.password("sms/account"), self.secrets.password("sms/token")
            self.sms = SmsSink(self._kept_port(ports, "sms"), account, token)
            yield prepare_sms(self.sms, kept=self.data / "sms.jsonl", log=self._log("sms"))

    def _scanners(self, ports: Ports) -> Iterator[Child]:
        if self.external.scanner_url is None:
            self.scanner = TestScanner(ports.take())
            yield prepare_scanner(self.scanner, log=self._log("scanner"))

    def _stores(self, ports: Ports) -> Iterator[Child]:
        if self.external.blob_url == OWN_S3:
            secret, log = self.secrets.password("s3"), self._log("seaweed")
            self.seaweed = prepare_seaweed(self.data / "s3", ports=ports, secret=secret, log=log)
            yield self.seaweed.child

    def _blob_url(self) -> str:
        if self.external.blob_url == OWN_S3:
            return self.seaweed.url("files")
        return self.external.blob_url or (self.data / "blobs").as_uri()

    def _nats(self, ports: Ports, certificate: Certificate) -> tuple[dict[str, str], list[Child]]:
        everybody = [*SERVICES, GATEWAY]
        if self.external.nats_url is not None:
            return dict.fromkeys(everybody, self.external.nats_url), []
        users = [
            service_user(service, self.secrets.password(f"nats/{service}"), streams=SERVICES.get(service, ()))
            for service in everybody
        ]
        tls = NatsTls(certificate=certificate.certificate, key=certificate.key)
        nats = prepare_nats(self.data / "nats", port=ports.take(), users=users, tls=tls, log=self._log("nats"))
        return {user.name: nats.url(user.name) for user in users}, [nats.child]

    def _start_postgres(self, postgres: Postgres) -> None:
        if postgres.child is not None:
            self.parts.start(postgres.child)

    def _start_service(self, service: str, around: Surroundings, database: Future[None]) -> None:
        database.result()
        passwords = around.database_passwords(service)
        create_service_database(around.postgres, service, passwords)
        owner = around.postgres.url(service, f"{service}_owner", passwords.owner)
        if not self._is_current(service, owner):
            self.parts.complete(
                Child(
                    Program(
                        name=f"{service}-migrate",
                        command=[sys.executable, "-m", service, "migrate"],
                        environment=around.owner_environment(service),
                        log=self._log(f"{service}-migrate"),
                        start_seconds=COMMAND_SECONDS,
                    )
                )
            )
        is_serving = serving(around.addresses[service], service=service, client=around.certificates[GATEWAY])
        self._serve(service, around, is_ready=is_serving)

    def _is_current(self, service: str, owner: PostgresUrl) -> bool:
        try:
            return is_current(owner, service=service)
        except UnknownRevision as problem:
            begin_anew = "drop it" if self.external.postgres else f"delete {self.data} (`make clean-data` for .local)"
            raise StartFailed(f"{problem}; use the version that made it, or {begin_anew}.") from None

    def _start_portal(self, around: Surroundings) -> None:
        address, client = around.addresses[PORTAL], around.certificates[GATEWAY]
        self._serve(PORTAL, around, is_ready=lambda: answers(address, "/healthz", client=client))

    def _serve(self, member: str, around: Surroundings, *, is_ready: Callable[[], bool]) -> None:
        self.parts.start(
            Child(
                Program(
                    name=member,
                    command=[sys.executable, "-m", member, "serve"],
                    environment=around.environment(member),
                    log=self._log(member),
                    is_ready=is_ready,
                    start_seconds=READY_SECONDS,
                    stop_seconds=STOP_SECONDS,
                )
            )
        )

    def _bring_down(self) -> None:
        self.parts.close(last=INFRASTRUCTURE)
        self._folder.close()
