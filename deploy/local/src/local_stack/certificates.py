"""A development authority, made once into a folder, and a certificate for each service.

Every certificate serves both sides of mutual TLS; its DNS name is the service's, so that a peer knows whom it talks to.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local_stack.files import write_private
from local_stack.ports import LOOPBACK

AUTHORITY_LIFE = timedelta(days=3650)
CERTIFICATE_LIFE = timedelta(days=90)
RENEW_BEFORE_END = timedelta(days=30)
# A clock that runs behind must still find a fresh certificate valid.
BACKDATED = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """PEM files of one service: its certificate, its key, and the authority that its peers are signed by."""

    certificate: Path
    key: Path
    authority: Path


@dataclass(frozen=True, slots=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def development_certificates(
    folder: Path, services: Iterable[str], *, now: datetime, say: Callable[[str], None] = lambda _: None
) -> dict[str, Certificate]:
    """The certificates of the services by name; what is missing, cannot be read or is near its end is made.

    `now` is an aware UTC instant; `say` hears what took the place of another.
    """
    folder = folder.resolve()
    authority = _authority(folder, now, say)
    return {service: _certificate(folder, service, authority, now, say) for service in services}


def _authority(folder: Path, now: datetime, say: Callable[[str], None]) -> _Pair:
    certificate_file, key_file = folder / "ca.pem", folder / "ca.key"
    if certificate_file.exists() and key_file.exists():
        known = _readable(certificate_file, key_file)
        if known and _lasts(known.certificate, now):
            return known
        why = "ends soon" if known else "could not be read"
        say(f"{certificate_file} {why}: there is a new authority, and whoever trusts the old one has to trust it anew.")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Portico development authority")])
    public_key = key.public_key()
    certificate = (
        _builder(now, AUTHORITY_LIFE, subject=name, issuer=name, public_key=public_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(certificate_file, certificate, key_file, key)
    return _Pair(certificate, key)


def _certificate(
    folder: Path, service: str, authority: _Pair, now: datetime, say: Callable[[str], None]
) -> Certificate:
    files = Certificate(
        certificate=folder / f"{service}.pem", key=folder / f"{service}.key", authority=folder / "ca.pem"
    )
    if files.certificate.exists() and files.key.exists():
        known = _readable(files.certificate, files.key)
        if known and _lasts(known.certificate, now) and _is_signed_by(known.certificate, authority):
            return files
        say(f"{files.certificate} was replaced: it {'was no longer good' if known else 'could not be read'}.")
    key = ec.generate_private_key(ec.SECP256R1())
    public_key = key.public_key()
    names = [x509.DNSName(service), x509.DNSName("localhost"), x509.IPAddress(ip_address(LOOPBACK))]
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        _builder(
            now,
            CERTIFICATE_LIFE,
            subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, service)]),
            issuer=authority.certificate.subject,
            public_key=public_key,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    _write(files.certificate, certificate, files.key, key)
    return files


def _builder(
    now: datetime, life: timedelta, *, subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + life)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _readable(certificate_file: Path, key_file: Path) -> _Pair | None:
    """What the two files hold; None when one is damaged, or they do not belong together."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (ValueError, TypeError):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey) and certificate.public_key() == key.public_key():
        return _Pair(certificate, key)
    return None


def _lasts(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_after_utc - now > RENEW_BEFORE_END


def _is_signed_by(certificate: x509.Certificate, authority: _Pair) -> bool:
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, ValueError):
        return False
    return True


def _write(
    certificate_file: Path, certificate: x509.Certificate, key_file: Path, key: ec.EllipticCurvePrivateKey
) -> None:
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    write_private(key_file, key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    write_private(certificate_file, certificate.public_bytes(serialization.Encoding.PEM))
