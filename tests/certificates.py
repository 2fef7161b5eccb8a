"""An authority of our own, and the certificates it gives to servers and clients."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs certificates, and keeps them as PEM files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("an authority")
        self.file = folder / "ca.pem"
        """What to trust."""
        self.file.write_bytes(_pem(self._signed(self._name, self._key, None)))

    def issue(self, name: str, password: bytes | None = None) -> tuple[Path, Path]:
        """Certificate of ``name`` (a host, or 127.0.0.1 in place of one) and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        cert, kept = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        cert.write_bytes(_pem(self._signed(_named(name), key, name)))
        kept.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(password)
                if password
                else serialization.NoEncryption(),
            )
        )
        return cert, kept

    def server(self, name: str, wants_client: bool = False) -> ssl.SSLContext:
        """The TLS of a server of that name."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name))
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file)
        return context

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, host: str | None
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.timezone.utc)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
            .add_extension(_identifier(key), critical=False)
            .add_extension(
                # Python 3.13 refuses a certificate that does not say who signed it, and an
                # authority that does not say that it signs.
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                    _identifier(self._key)
                ),
                critical=False,
            )
        )
        if host is None:
            made = made.add_extension(_SIGNS, critical=True)
        else:
            made = made.add_extension(x509.SubjectAlternativeName([_place(host)]), critical=False)
        return made.sign(self._key, hashes.SHA256())


def _identifier(key: ec.EllipticCurvePrivateKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _place(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
