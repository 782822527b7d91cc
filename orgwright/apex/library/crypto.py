"""``System.Crypto`` (Apex Reference Guide, Crypto Class)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from orgwright.apex.library.arguments import required
from orgwright.apex.library.numbers import wrap32, wrap64
from orgwright.apex.library.registry import native
from orgwright.apex.runtime.exceptions import (
    ApexException,
    InvalidParameterValueException,
    NotSupported,
    SecurityException,
)

_DIGESTS = {
    "MD5": "md5", "SHA1": "sha1", "SHA-1": "sha1", "SHA-256": "sha256", "SHA256": "sha256", "SHA-512": "sha512",
    "SHA512": "sha512", "SHA3-256": "sha3_256", "SHA3-384": "sha3_384", "SHA3-512": "sha3_512",
}  # fmt: skip
_MACS = {"HMACMD5": "md5", "HMACSHA1": "sha1", "HMACSHA256": "sha256", "HMACSHA512": "sha512"}
_KEY_BYTES = {"AES128": 16, "AES192": 24, "AES256": 32}
_SIGNATURES = {
    "RSA": "sha1", "RSA-SHA1": "sha1", "RSA-SHA256": "sha256", "RSA-SHA384": "sha384", "RSA-SHA512": "sha512",
    "ECDSA-SHA256": "sha256", "ECDSA-SHA384": "sha384", "ECDSA-SHA512": "sha512",
}  # fmt: skip


def _unknown(name: str) -> ApexException:
    return InvalidParameterValueException(f"Invalid algorithm. Algorithm not supported: {name}")


@native("Crypto.generateDigest")
def digest(algorithm: str, data: bytes) -> bytes:
    required(algorithm, data)
    name = _DIGESTS.get(algorithm.upper())
    if name is None:
        raise _unknown(algorithm)
    return hashlib.new(name, data, usedforsecurity=False).digest()


@native("Crypto.generateMac")
def mac(algorithm: str, data: bytes, key: bytes) -> bytes:
    required(algorithm, data, key)
    name = _MACS.get(algorithm.upper())
    if name is None:
        raise _unknown(algorithm)
    return hmac.new(key, data, name).digest()


@native("Crypto.verifyHmac")
def verify_mac(algorithm: str, data: bytes, key: bytes, expected: bytes) -> bool:
    required(expected)
    return hmac.compare_digest(mac(algorithm, data, key), expected)


# ----------------------------------------------------------------------------------------------- AES


@native("Crypto.generateAesKey")
def aes_key(bits: int) -> bytes:
    required(bits)
    if bits not in (128, 192, 256):
        raise InvalidParameterValueException(f"Invalid key size: {bits}. Must be 128, 192 or 256.")
    return secrets.token_bytes(bits // 8)


def _check(algorithm: str, key: bytes, vector: bytes) -> None:
    size = _KEY_BYTES.get(algorithm.upper())
    if size is None:
        raise _unknown(algorithm)
    if len(key) != size:
        raise InvalidParameterValueException(f"Invalid private key. Must be {size} bytes.")
    if len(vector) != 16:
        raise InvalidParameterValueException("Invalid initialization vector. Must be 16 bytes.")


@native("Crypto.encrypt")
def encrypt(algorithm: str, key: bytes, vector: bytes, data: bytes) -> bytes:
    """AES in CBC mode with PKCS5 padding."""
    from orgwright.apex.runtime import ciphers

    required(algorithm, key, vector, data)
    _check(algorithm, key, vector)
    return ciphers.encrypt(key, vector, data)


@native("Crypto.decrypt")
def decrypt(algorithm: str, key: bytes, vector: bytes, data: bytes) -> bytes:
    from orgwright.apex.runtime import ciphers

    required(algorithm, key, vector, data)
    if len(data) % 16 or not data:
        raise SecurityException("Input length must be multiple of 16 when decrypting with padded cipher")
    _check(algorithm, key, vector)
    try:
        return ciphers.decrypt(key, vector, data)
    except ValueError:
        raise SecurityException(
            "Given final block not properly padded. Such issues can arise if a bad key is used during decryption."
        ) from None


@native("Crypto.encryptWithManagedIV(String, Blob, Blob)")
def encrypt_managed(algorithm: str, key: bytes, data: bytes) -> bytes:
    """The random vector stands in the first 16 bytes."""
    vector = secrets.token_bytes(16)
    return vector + encrypt(algorithm, key, vector, data)


@native("Crypto.decryptWithManagedIV(String, Blob, Blob)")
def decrypt_managed(algorithm: str, key: bytes, data: bytes) -> bytes:
    required(data)
    if len(data) < 32:
        raise InvalidParameterValueException("Invalid ciphertext. Must include the initialization vector.")
    return decrypt(algorithm, key, data[:16], data[16:])


# ------------------------------------------------------------------------------------ random, signing


@native("Crypto.getRandomInteger")
def random_integer() -> int:
    return wrap32(secrets.randbits(32))


@native("Crypto.getRandomLong")
def random_long() -> int:
    return wrap64(secrets.randbits(64))


def _digest_of(algorithm: str) -> str:
    found = _SIGNATURES.get(algorithm.upper())
    if found is None:
        raise _unknown(algorithm)
    return found


@native("Crypto.sign")
def sign(algorithm: str, data: bytes, private_key: bytes) -> bytes:
    """A signature by a private key in PKCS#8 (DER)."""
    from orgwright.apex.runtime import ciphers

    required(algorithm, data, private_key)
    digest_name = _digest_of(algorithm)
    try:
        return ciphers.sign(digest_name, data, private_key)
    except ciphers.UnusableKey as refused:
        if refused.kind is not None:
            raise NotSupported(f"Crypto.sign with {refused.kind}") from None
        raise InvalidParameterValueException("Invalid private key. Must be in PKCS8 format.") from None


@native("Crypto.verify(String, Blob, Blob, Blob)")
def verify(algorithm: str, data: bytes, signature: bytes, public_key: bytes) -> bool:
    """Check a signature by a public key in X.509 form (DER)."""
    from orgwright.apex.runtime import ciphers

    required(algorithm, data, signature, public_key)
    digest_name = _digest_of(algorithm)
    try:
        return ciphers.verify(digest_name, data, signature, public_key)
    except ciphers.UnusableKey as refused:
        if refused.kind is not None:
            raise NotSupported(f"Crypto.verify with {refused.kind}") from None
        raise InvalidParameterValueException("Invalid public key. Must be in X.509 format.") from None
