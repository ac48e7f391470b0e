"""The development authority and the certificates that it signs."""

import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socketpair

import pytest

from local_stack.certificates import Certificate, development_certificates

NOW = datetime.now(tz=UTC)


def handshake(server: Certificate, client: Certificate, *, server_name: str) -> str:
    """The DNS name by which the server knows its client, after mutual TLS over a pair of sockets."""
    server_side, client_side = socketpair()
    offer = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(server.authority))
    offer.load_cert_chain(server.certificate, server.key)
    offer.verify_mode = ssl.CERT_REQUIRED
    demand = ssl.create_default_context(cafile=str(client.authority))
    demand.load_cert_chain(client.certificate, client.key)
    names: list[str] = []

    def serve() -> None:
        with offer.wrap_socket(server_side, server_side=True) as connection:
            certificate = connection.getpeercert() or {}
            alternatives = certificate.get("subjectAltName", ())
            names.extend(str(value) for kind, value in map(tuple, alternatives) if kind == "DNS")
            connection.sendall(b".")

    thread = threading.Thread(target=serve)
    thread.start()
    with demand.wrap_socket(client_side, server_hostname=server_name) as connection:
        connection.recv(1)
    thread.join()
    return names[0]


@pytest.mark.parametrize("name", ["identity", "localhost", "127.0.0.1"])
def test_two_services_know_each_other_by_name(tmp_path: Path, name: str) -> None:
    """OP-01: mutual TLS works with the development certificates, and the first DNS name is the service's."""
    made = development_certificates(tmp_path, ["identity", "applications"], now=NOW)
    assert "applications" == handshake(made["identity"], made["applications"], server_name=name)


def test_strangers_are_refused(tmp_path: Path) -> None:
    """OP-01: a certificate of another authority with the right name is worth nothing."""
    ours = development_certificates(tmp_path / "ours", ["identity"], now=NOW)["identity"]
    theirs = development_certificates(tmp_path / "theirs", ["identity"], now=NOW)["identity"]
    context = ssl.create_default_context(cafile=str(ours.authority))
    server_side, client_side = socketpair()
    impostor = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    impostor.load_cert_chain(theirs.certificate, theirs.key)

    def serve() -> None:
        with pytest.raises(ssl.SSLError):
            impostor.wrap_socket(server_side, server_side=True).recv(1)
        server_side.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(client_side, server_hostname="identity")
    client_side.close()
    thread.join()


def test_nobody_else_reads_the_keys(tmp_path: Path) -> None:
    """OP-01: every file has mode 0600."""
    development_certificates(tmp_path, ["identity"], now=NOW)
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_second_start_uses_the_same_certificates(tmp_path: Path) -> None:
    """OP-01: certificates are made once."""
    development_certificates(tmp_path, ["identity"], now=NOW)
    first = contents(tmp_path)
    development_certificates(tmp_path, ["identity"], now=NOW + timedelta(days=59))
    assert first == contents(tmp_path)


@pytest.mark.parametrize(("days", "renewed"), [(61, {"identity.pem", "identity.key"}), (3650, {"ca.pem", "ca.key"})])
def test_what_is_near_its_end_is_renewed(tmp_path: Path, days: int, renewed: set[str]) -> None:
    """OP-01: a stack that is started once a month never meets an expired certificate."""
    development_certificates(tmp_path, ["identity"], now=NOW)
    first = contents(tmp_path)
    development_certificates(tmp_path, ["identity"], now=NOW + timedelta(days=days))
    assert renewed <= {name for name, content in contents(tmp_path).items() if first[name] != content}


def test_a_new_authority_signs_every_certificate_anew(tmp_path: Path) -> None:
    """OP-01: after the authority's files were deleted no certificate of the old one is left."""
    development_certificates(tmp_path, ["identity", "applications"], now=NOW)
    (tmp_path / "ca.key").unlink()
    made = development_certificates(tmp_path, ["identity", "applications"], now=NOW)
    assert "applications" == handshake(made["identity"], made["applications"], server_name="identity")


@pytest.mark.parametrize("name", ["ca.pem", "ca.key", "identity.pem", "identity.key"])
def test_what_is_damaged_is_made_anew_and_said(tmp_path: Path, name: str) -> None:
    """CASE-S12: a certificate or key that was cut short is replaced, and the person hears which; others stay."""
    development_certificates(tmp_path, ["identity"], now=NOW)
    file, said = tmp_path / name, list[str]()
    file.write_bytes(file.read_bytes()[:-40])
    made = development_certificates(tmp_path, ["identity"], now=NOW, say=said.append)["identity"]
    assert 1 + name.startswith("ca") == len(said)
    assert str(file.with_suffix(".pem")) in said[0]
    assert "could not be read" in said[0]
    context = ssl.create_default_context(cafile=made.authority)
    context.load_cert_chain(made.certificate, made.key)
    assert development_certificates(tmp_path, ["identity"], now=NOW)["identity"] == made
