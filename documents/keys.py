"""Signing keys: where they are kept, how they are found, and the demo's own certificate authority.

Keys are PKCS#12 files `<holder>.p12` in SIGNING_KEYS_DIR, certificates of trusted authorities are PEM files in its
`roots/`. A holder is a short id such as `user-12`, `institution-3` or `tenant-anso`.
"""

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # has no types
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.sign.signers import SimpleSigner

from core.errors import Obstacle, Refused
from documents.book import EMPTY, Label

# The walk through a project's life moves the clock by years: the demo's certificates outlast it on both sides.
DEMO_FROM: Final = datetime(2015, 1, 1, tzinfo=UTC)
DEMO_UNTIL: Final = datetime(2049, 12, 31, tzinfo=UTC)
LONGEST_NAME: Final = 64
_HOLDER: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class KeyMissing(Refused):
    """The holder has no signing key here."""

    def __init__(self, holder: str) -> None:
        super().__init__(
            [
                Obstacle(
                    "signing_key_missing",
                    f"尚未配置签名证书（{holder}），请联系系统管理员。",
                    f"There is no signing certificate for {holder}. Please ask the administrator.",
                    who_can_clear="administrator",
                )
            ]
        )
        self.holder = holder


class CachedKeySigner(SimpleSigner):  # type: ignore[misc]  # pyHanko is read without its types
    """pyHanko's in-memory signer, except that the private key is parsed once and not for every signature."""

    private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """The raw signature of the data: ECDSA, or RSA with PKCS#1 v1.5 padding."""
        algorithm: hashes.HashAlgorithm = getattr(hashes, digest_algorithm.upper())()
        if isinstance(self.private_key, ec.EllipticCurvePrivateKey):
            return self.private_key.sign(data, ec.ECDSA(algorithm))
        return self.private_key.sign(data, padding.PKCS1v15(), algorithm)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A holder's key, ready to sign with."""

    holder: str
    signer: CachedKeySigner = field(repr=False)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a certificate names: a person of an institution, or the institution itself."""

    name: Label
    institution: Label = EMPTY


class SigningKeys(Protocol):
    """Where keys come from: files here; a hardware module or a signing service elsewhere."""

    def key(self, holder: str, owner: Owner) -> SigningKey:
        """The holder's key. Raises KeyMissing."""
        ...


@dataclass(frozen=True, slots=True)
class Pkcs12Keys:
    """Keys from `<directory>/<holder>.p12`, all under one passphrase."""

    directory: Path
    passphrase: str = field(repr=False)

    def key(self, holder: str, owner: Owner) -> SigningKey:
        """The holder's key. Raises KeyMissing, and ValueError for a file that can't be opened."""
        path = key_path(self.directory, holder)
        if not path.is_file():
            raise KeyMissing(holder)
        return _load(holder, path, self.passphrase, path.stat().st_mtime_ns)


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """Keys made when first asked for and certified by the demo authority; never for production."""

    directory: Path
    passphrase: str = field(repr=False)

    def key(self, holder: str, owner: Owner) -> SigningKey:
        """The holder's key, made in the owner's name if there is none yet."""
        path = key_path(self.directory, holder)
        if not path.is_file():
            self._issue(holder, owner, path)
        return Pkcs12Keys(self.directory, self.passphrase).key(holder, owner)

    def make_authority(self) -> Path:
        """Make the demo's root key and certificate if they aren't there; returns the certificate's PEM file."""
        root = roots_dir(self.directory) / "demo-root.pem"
        with _locked(self.directory):
            if not root.is_file():
                self._make_authority(root)
        return root

    def _make_authority(self, root: Path) -> None:
        root.parent.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(Owner(Label("演示根证书", "Demo Root CA"), Label("仅供演示", "for demonstration only")))
        builder = _certificate(name, name, key.public_key(), is_authority=True)
        certificate = builder.sign(key, hashes.SHA256())
        self._write(self.directory / "ca" / "demo-root.p12", b"demo-root", key, certificate, [])
        _write_private(root, certificate.public_bytes(serialization.Encoding.PEM))

    def _issue(self, holder: str, owner: Owner, path: Path) -> None:
        self.make_authority()
        with _locked(self.directory):
            if path.is_file():
                return
            authority = pkcs12.load_pkcs12(
                (self.directory / "ca" / "demo-root.p12").read_bytes(), self.passphrase.encode()
            )
            if authority.cert is None or not isinstance(authority.key, ec.EllipticCurvePrivateKey):
                raise ValueError("the demo authority's file holds no EC key; delete SIGNING_KEYS_DIR and start again")
            key = ec.generate_private_key(ec.SECP256R1())
            root = authority.cert.certificate
            builder = _certificate(_name(owner, holder), root.subject, key.public_key(), is_authority=False)
            certificate = builder.sign(authority.key, hashes.SHA256())
            self._write(path, holder.encode(), key, certificate, [root])

    def _write(
        self,
        path: Path,
        name: bytes,
        key: ec.EllipticCurvePrivateKey,
        certificate: x509.Certificate,
        others: list[x509.Certificate],
    ) -> None:
        encryption = serialization.BestAvailableEncryption(self.passphrase.encode())
        _write_private(path, pkcs12.serialize_key_and_certificates(name, key, certificate, others, encryption))


def signing_keys() -> SigningKeys:
    """The key store of this installation: files; outside production made on demand."""
    store = Pkcs12Keys if settings.IS_PRODUCTION else DemoKeys
    return store(Path(settings.SIGNING_KEYS_DIR), settings.SIGNING_KEY_PASSPHRASE)


def key_path(directory: Path, holder: str) -> Path:
    """The holder's file. Raises ValueError for a holder that is no plain id, so that it can't leave the directory."""
    if not _HOLDER.fullmatch(holder):
        raise ValueError(f"not a holder: {holder!r}")
    return directory / f"{holder}.p12"


def roots_dir(directory: Path) -> Path:
    """Where the certificates of trusted authorities lie."""
    return directory / "roots"


def trusted_roots() -> list[asn1_x509.Certificate]:
    """The authorities whose signatures count here."""
    folder = roots_dir(Path(settings.SIGNING_KEYS_DIR))
    paths = sorted(folder.glob("*.pem")) if folder.is_dir() else []
    return [_root(path, path.stat().st_mtime_ns) for path in paths]


@lru_cache(maxsize=64)
def _root(path: Path, changed: int) -> asn1_x509.Certificate:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


@lru_cache(maxsize=1024)
def _load(holder: str, path: Path, passphrase: str, changed: int) -> SigningKey:
    data = path.read_bytes()
    loaded = pkcs12.load_pkcs12(data, passphrase.encode())
    signer: Any = CachedKeySigner.load_pkcs12_data(data, other_certs=[], passphrase=passphrase.encode())
    if signer is None or not isinstance(loaded.key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError(f"{path} holds no EC or RSA key for this passphrase")
    signer.private_key = loaded.key
    return SigningKey(holder, signer)


def _name(owner: Owner, holder: str = "") -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")]
    for oid, label in ((NameOID.ORGANIZATION_NAME, owner.institution), (NameOID.COMMON_NAME, owner.name)):
        text = _fitting([part for part in label if part])
        if text:
            attributes.append(x509.NameAttribute(oid, text))
    if holder:
        attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, holder))
    return x509.Name(attributes)


def _fitting(names: list[str]) -> str:
    """Both names, or else the first that fits: X.520 allows 64 characters, and the library counts bytes."""
    for text in (" ".join(dict.fromkeys(names)), *names):
        if len(text.encode()) <= LONGEST_NAME:
            return text
    return names[0].encode()[:LONGEST_NAME].decode(errors="ignore").strip()


def _certificate(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, *, is_authority: bool
) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(DEMO_FROM)
        .not_valid_after(DEMO_UNTIL)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
    )


def _write_private(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".part")
    temporary.write_bytes(data)
    temporary.chmod(0o600)
    temporary.replace(path)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One process at a time makes keys."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
