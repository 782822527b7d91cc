"""Blob, EncodingUtil, Crypto, UUID, Url."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from orgwright.apex.library.crypto import decrypt, encrypt, sign, verify
from orgwright.apex.library.encoding import decoded_base64, url_decode, url_encode
from orgwright.apex.runtime.exceptions import ApexException, NotSupported
from tests.apex.library.table import raised, values


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("EncodingUtil.base64Encode(Blob.valueOf('Hi €'))", "SGkg4oKs"),
        ("EncodingUtil.base64Decode('SGk').toString()", "Hi"),
        ("EncodingUtil.base64Decode('SG\\nk=').toString()", "Hi"),
        ("EncodingUtil.convertToHex(Blob.valueOf('Hi'))", "4869"),
        ("EncodingUtil.convertFromHex('4869').toString()", "Hi"),
        ("EncodingUtil.urlEncode('a b&c=~*é', 'UTF-8')", "a+b%26c%3D%7E*%C3%A9"),
        ("EncodingUtil.urlDecode('a+b%26', 'UTF-8')", "a b&"),
        ("EncodingUtil.convertToHex(Crypto.generateDigest('MD5', Blob.valueOf('')))", "d41d8cd98f00b204e9800998ecf8427e"),
        ("EncodingUtil.convertToHex(Crypto.generateDigest('SHA1', Blob.valueOf('abc')))", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("EncodingUtil.convertToHex(Crypto.generateMac('hmacSHA256', Blob.valueOf('what do ya want for nothing?'), Blob.valueOf('Jefe')))",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("Blob.valueOf('€').size()", 3),
        ("'' + Blob.valueOf('abc')", "Blob[3]"),
        ("UUID.fromString('550E8400-e29b-41d4-a716-446655440000').toString()", "550e8400-e29b-41d4-a716-446655440000"),
        ("UUID.randomUUID().toString().substring(14, 15)", "4"),
        ("new Url('https://u@example.com:8443/a/b?x=1#top').getHost()", "example.com"),
        ("new Url('https://u@example.com:8443/a/b?x=1#top').getFile()", "/a/b?x=1"),
        ("new Url('mailto:a@b.c').getHost()", None),
    ],
)  # fmt: skip
def test_results(expression: str, expected: object) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    ("expression", "type_name", "message"),
    [
        ("EncodingUtil.base64Decode('a-b_')", "System.StringException", "Unrecognized base64 character: -"),
        ("EncodingUtil.base64Decode('/w==').toString()", "System.StringException", "BLOB is not a valid UTF-8 string"),
        ("Blob.valueOf(null)", "System.NullPointerException", "Argument cannot be null."),
    ],
)
def test_refusals(expression: str, type_name: str, message: str) -> None:
    assert raised(expression) == (type_name, message)


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16), st.binary(max_size=100))
def test_what_is_encrypted_is_decrypted(key: bytes, vector: bytes, data: bytes) -> None:
    secret = encrypt("AES128", key, vector, data)
    assert len(secret) == (len(data) // 16 + 1) * 16
    assert decrypt("AES128", key, vector, secret) == data


@given(st.binary())
def test_base64_reads_what_it_wrote_without_padding(data: bytes) -> None:
    import base64

    assert decoded_base64(base64.b64encode(data).decode().rstrip("=")) == data


@given(st.text())
def test_url_encoding_goes_back(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert url_decode(url_encode(text, "UTF-8"), "UTF-8") == text


def _pair(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey) -> tuple[bytes, bytes]:
    """A key as PKCS#8 and its public part as X.509, both DER."""
    der, plain = serialization.Encoding.DER, serialization.NoEncryption()
    public = key.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(der, serialization.PrivateFormat.PKCS8, plain), public


@pytest.mark.parametrize("algorithm", ["RSA", "RSA-SHA256", "rsa-sha512", "ECDSA-SHA384"])
def test_what_is_signed_is_verified(algorithm: str) -> None:
    curve = algorithm.startswith("ECDSA")
    private, public = _pair(ec.generate_private_key(ec.SECP256R1()) if curve else rsa.generate_private_key(65537, 2048))
    signature = sign(algorithm, b"data", private)
    assert verify(algorithm, b"data", signature, public)
    assert not verify(algorithm, b"other", signature, public)


def test_keys_that_cannot_sign_are_refused() -> None:
    private, public = _pair(dsa.generate_private_key(2048))
    with pytest.raises(NotSupported, match=r"Crypto\.sign with _?DSA"):
        sign("RSA", b"data", private)
    with pytest.raises(NotSupported, match=r"Crypto\.verify with _?DSA"):
        verify("RSA", b"data", b"", public)
    with pytest.raises(ApexException, match="Must be in PKCS8 format"):
        sign("RSA", b"data", b"junk")
    with pytest.raises(ApexException, match=r"Must be in X\.509 format"):
        verify("RSA", b"data", b"", b"junk")
    with pytest.raises(ApexException, match="Algorithm not supported: X"):
        sign("X", b"data", b"junk")


def test_an_archive_is_inflated_no_further_than_the_heap_goes() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(13_000_000))
    encoded = base64.b64encode(bomb.getvalue()).decode()
    made = f"Compression.ZipReader r = new Compression.ZipReader(EncodingUtil.base64Decode('{encoded}'));"
    assert values(f"{made} return r.getEntry('zeros').getUncompressedSize();") == 13_000_000
    assert raised(f"{made} r.extract('zeros');")[0] == "System.LimitException"
