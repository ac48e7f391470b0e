"""`python -m gateway`: Envoy's configuration, the OpenAPI document, the page to read it."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway import docs, envoy, openapi
from gateway.contract import Contract

app = typer.Typer(
    help="Makes from the protos what the edge needs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DescriptorSet = Annotated[Path, typer.Option("--descriptors", help="What `python protos/build_stubs.py` wrote.")]
Out = Annotated[Path | None, typer.Option(help="File to write; standard output when absent.")]
DEFAULT_DESCRIPTORS = Path("protos/build/portico.binpb")


@app.command("openapi")
def write_openapi(
    out: Out = None,
    check: Annotated[Path | None, typer.Option(help="Fail when this file is not what would be written.")] = None,
    descriptors: DescriptorSet = DEFAULT_DESCRIPTORS,
) -> None:
    """Write the OpenAPI document, or check the one that is there."""
    text = openapi.as_text(openapi.build(Contract.read(descriptors)))
    if check is None:
        _write(text, out)
    elif not check.exists() or check.read_text(encoding="utf-8") != text:
        sys.exit(f"{check} is not what the protos say: run `python -m gateway openapi --out {check}` and commit it.")


@app.command("docs")
def write_docs(out: Out = None, descriptors: DescriptorSet = DEFAULT_DESCRIPTORS) -> None:
    """Write the page that shows the OpenAPI document."""
    _write(docs.render(openapi.build(Contract.read(descriptors))), out)


@app.command("envoy")
def write_envoy(
    listen: Annotated[str, typer.Option(help="host:port of the one origin.")],
    admin: Annotated[str, typer.Option(help="unix:/path or host:port of Envoy's own pages.")],
    service: Annotated[list[str], typer.Option(help="name=host:port, once for each service.")],
    portal: Annotated[str, typer.Option(help="host:port of the portal.")],
    authority: Annotated[Path, typer.Option(help="PEM: who signs the certificates.")],
    certificate: Annotated[Path, typer.Option(help="PEM: the certificate named `gateway`.")],
    key: Annotated[Path, typer.Option(help="PEM: its key.")],
    pages: Annotated[Path, typer.Option(help="Folder for the files that Envoy serves, which are written too.")],
    out: Out = None,
    public_url: Annotated[str, typer.Option(help="Where people reach it; with https browsers are told so.")] = "",
    tls_certificate: Annotated[Path | None, typer.Option(help="PEM: the chain that clients see.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM: its key.")] = None,
    plain: Annotated[str, typer.Option(help="host:port that leads plain HTTP to the public URL.")] = "",
    first_request: Annotated[float, typer.Option(help="Seconds that a silent connection may stay.")] = 10,
    idle: Annotated[float, typer.Option(help="Seconds that it may stay between two requests.")] = 60,
    trusted_hops: Annotated[int, typer.Option(help="How many proxies of ours stand in front.")] = 0,
    timeout: Annotated[float, typer.Option(help="Seconds that a service has for an answer.")] = 15,
    max_body_bytes: Annotated[int, typer.Option(help="The largest JSON body.")] = 1024 * 1024,
    address_burst: Annotated[int, typer.Option(help="Requests of one client address at once.")] = 2000,
    address_per_second: Annotated[int, typer.Option(help="Requests that it gets back each second.")] = 200,
    token_burst: Annotated[int, typer.Option(help="Requests with one bearer token at once.")] = 1000,
    token_per_second: Annotated[int, typer.Option(help="Requests that it gets back each second.")] = 100,
    otlp_endpoint: Annotated[str, typer.Option(help="Base URL of the OTLP/HTTP collector; empty: no traces.")] = "",
    trace_ratio: Annotated[float, typer.Option(help="Share of traces that start here and are recorded.")] = 1.0,
    descriptors: DescriptorSet = DEFAULT_DESCRIPTORS,
) -> None:
    """Write Envoy's configuration."""
    settings = envoy.EnvoySettings(
        listen=listen,
        admin=admin,
        services=dict(entry.split("=", 1) for entry in service),
        portal=portal,
        authority=authority,
        certificate=certificate,
        key=key,
        descriptor_set=descriptors,
        pages=pages,
        public_url=public_url,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        plain=plain,
        first_request=timedelta(seconds=first_request),
        idle=timedelta(seconds=idle),
        trusted_hops=trusted_hops,
        timeout=timedelta(seconds=timeout),
        max_body_bytes=max_body_bytes,
        address_rate=envoy.Rate(burst=address_burst, per_second=address_per_second),
        token_rate=envoy.Rate(burst=token_burst, per_second=token_per_second),
        otlp_endpoint=otlp_endpoint,
        trace_ratio=trace_ratio,
    )
    envoy.write_pages(settings)
    _write(envoy.render(settings), out)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    app()
