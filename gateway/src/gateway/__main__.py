"""`python -m gateway`: Envoy's configuration, the OpenAPI document, the page to read it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from chassis.settings import documented, load
from gateway import docs, envoy, openapi
from gateway.config import DESCRIPTOR_SET, EnvoySettings
from gateway.contract import Contract

app = typer.Typer(
    help="Makes from the protos what the edge needs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DescriptorSet = Annotated[Path, typer.Option("--descriptors", help="What `python protos/build_stubs.py` wrote.")]
Out = Annotated[Path | None, typer.Option(help="File to write; standard output when absent.")]


@app.command("openapi")
def write_openapi(
    out: Out = None,
    check: Annotated[Path | None, typer.Option(help="Fail when this file is not what would be written.")] = None,
    descriptors: DescriptorSet = DESCRIPTOR_SET,
) -> None:
    """Write the OpenAPI document, or check the one that is there."""
    text = openapi.as_text(openapi.build(Contract.read(descriptors)))
    if check is None:
        _write(text, out)
    elif not check.exists() or check.read_text(encoding="utf-8") != text:
        sys.exit(f"{check} is not what the protos say: run `python -m gateway openapi --out {check}` and commit it.")


@app.command("docs")
def write_docs(out: Out = None, descriptors: DescriptorSet = DESCRIPTOR_SET) -> None:
    """Write the page that shows the OpenAPI document."""
    _write(docs.render(openapi.build(Contract.read(descriptors))), out)


@app.command("envoy")
def write_envoy(out: Out = None) -> None:
    """Write Envoy's configuration, by the settings in the environment, and the files that it serves."""
    settings = load(EnvoySettings)
    envoy.write_pages(settings)
    _write(envoy.render(settings), out)


@app.command("settings")
def show_settings() -> None:
    """Print the settings as a table."""
    typer.echo(documented(EnvoySettings), nl=False)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    app()
