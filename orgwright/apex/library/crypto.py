"""``System.Crypto`` (Apex Reference Guide, Crypto Class), on the ``cryptography`` package and the standard library."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

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
_SIGNATURES: dict[str, hashes.HashAlgorithm] = {
    "RSA": hashes.SHA1(),  # noqa: S303 what the algorithm name means
    "RSA-SHA1": hashes.SHA1(),  # noqa: S303
    "RSA-SHA256": hashes.SHA256(),
    "RSA-SHA384": hashes.SHA384(),
    "RSA-SHA512": hashes.SHA512(),
    "ECDSA-SHA256": hashes.SHA256(),
    "ECDSA-SHA384": hashes.SHA384(),
    "ECDSA-SHA512": hashes.SHA512(),
}


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


def _cipher(algorithm: str, key: bytes, vector: bytes) -> Cipher[modes.CBC]:
    size = _KEY_BYTES.get(algorithm.upper())
    if size is None:
        raise _unknown(algorithm)
    if len(key) != size:
        raise InvalidParameterValueException(f"Invalid private key. Must be {size} bytes.")
    if len(vector) != 16:
        raise InvalidParameterValueException("Invalid initialization vector. Must be 16 bytes.")
    return Cipher(algorithms.AES(key), modes.CBC(vector))


@native("Crypto.encrypt")
def encrypt(algorithm: str, key: bytes, vector: bytes, data: bytes) -> bytes:
    """AES in CBC mode with PKCS5 padding."""
    required(algorithm, key, vector, data)
    encryptor = _cipher(algorithm, key, vector).encryptor()
    padder = padding.PKCS7(128).padder()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


@native("Crypto.decrypt")
def decrypt(algorithm: str, key: bytes, vector: bytes, data: bytes) -> bytes:
    required(algorithm, key, vector, data)
    if len(data) % 16 or not data:
        raise SecurityException("Input length must be multiple of 16 when decrypting with padded cipher")
    decryptor = _cipher(algorithm, key, vector).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    try:
        return unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        raise SecurityException(
            "Given final block not properly padded. Such issues can arise if a bad key is used during decryption."
        ) from None


@native("Crypto.encryptWithManagedIV")
def encrypt_managed(algorithm: str, key: bytes, data: bytes) -> bytes:
    """The random vector stands in the first 16 bytes."""
    vector = secrets.token_bytes(16)
    return vector + encrypt(algorithm, key, vector, data)


@native("Crypto.decryptWithManagedIV")
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


def _hash_of(algorithm: str) -> hashes.HashAlgorithm:
    found = _SIGNATURES.get(algorithm.upper())
    if found is None:
        raise _unknown(algorithm)
    return found


@native("Crypto.sign")
def sign(algorithm: str, data: bytes, private_key: bytes) -> bytes:
    """A signature by a private key in PKCS#8 (DER)."""
    required(algorithm, data, private_key)
    chosen = _hash_of(algorithm)
    try:
        key = serialization.load_der_private_key(private_key, password=None)
    except ValueError:
        raise InvalidParameterValueException("Invalid private key. Must be in PKCS8 format.") from None
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, rsa_padding.PKCS1v15(), chosen)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(chosen))
    raise NotSupported(f"Crypto.sign with {type(key).__name__}")


@native("Crypto.verify(String, Blob, Blob, Blob)")
def verify(algorithm: str, data: bytes, signature: bytes, public_key: bytes) -> bool:
    """Check a signature by a public key in X.509 form (DER)."""
    required(algorithm, data, signature, public_key)
    chosen = _hash_of(algorithm)
    try:
        key = serialization.load_der_public_key(public_key)
    except ValueError:
        raise InvalidParameterValueException("Invalid public key. Must be in X.509 format.") from None
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, rsa_padding.PKCS1v15(), chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(chosen))
        else:
            raise NotSupported(f"Crypto.verify with {type(key).__name__}")
    except InvalidSignature:
        return False
    return True
