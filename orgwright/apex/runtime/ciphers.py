"""AES and signatures, on the ``cryptography`` package: it takes long to load, so only ``Crypto``'s methods load this module."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 what the algorithm name means
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class UnusableKey(Exception):
    """A key that cannot be read, or is of a kind that nothing can be done with (``kind`` names it)."""

    def __init__(self, kind: str | None = None) -> None:
        super().__init__(kind)
        self.kind = kind


def encrypt(key: bytes, vector: bytes, data: bytes) -> bytes:
    """AES in CBC mode with PKCS5 padding."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    padder = padding.PKCS7(128).padder()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def decrypt(key: bytes, vector: bytes, data: bytes) -> bytes:
    """What :func:`encrypt` was given; :class:`ValueError` for other data or another key."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()


def sign(digest: str, data: bytes, private_key: bytes) -> bytes:
    """A signature by a private key in PKCS#8 (DER); raises :class:`UnusableKey`."""
    try:
        key = serialization.load_der_private_key(private_key, password=None)
    except ValueError:
        raise UnusableKey from None
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, rsa_padding.PKCS1v15(), _HASHES[digest])
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(_HASHES[digest]))
    raise UnusableKey(type(key).__name__)


def verify(digest: str, data: bytes, signature: bytes, public_key: bytes) -> bool:
    """Check a signature by a public key in X.509 form (DER); raises :class:`UnusableKey`."""
    try:
        key = serialization.load_der_public_key(public_key)
    except ValueError:
        raise UnusableKey from None
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, rsa_padding.PKCS1v15(), _HASHES[digest])
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(_HASHES[digest]))
        else:
            raise UnusableKey(type(key).__name__)
    except InvalidSignature:
        return False
    return True
