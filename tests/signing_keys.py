"""Fixtures: keys, and artifacts that they signed, without any network."""

import shutil
import socket

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tagging.artifact import SIGNATURE
from workflows.signing import PASSWORD, sign


@pytest.fixture
def offline(monkeypatch):
    def refuse(*arguments, **named):
        raise AssertionError(f"asked the network: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv(PASSWORD, raising=False)


@pytest.fixture
def keys(tmp_path):
    """(name, private key, password) -> paths of the private and the public key."""

    def made(name="own", private=None, password=None):
        private = private or ec.generate_private_key(ec.SECP256R1())
        secret, public = tmp_path / f"{name}.pem", tmp_path / f"{name}.pub"
        how = serialization.NoEncryption()
        if password:
            how = serialization.BestAvailableEncryption(password.encode())
        pem = serialization.Encoding.PEM
        secret.write_bytes(
            private.private_bytes(pem, serialization.PrivateFormat.PKCS8, how),
        )
        shown = serialization.PublicFormat.SubjectPublicKeyInfo
        public.write_bytes(private.public_key().public_bytes(pem, shown))
        return secret, public

    return made


@pytest.fixture
def copy(shelf, tmp_path):
    """A copy of the TF-IDF artifact, to be signed and damaged."""
    folder = tmp_path / "copy"
    shutil.copytree(shelf("tfidf", "geo_direction").folder, folder)
    return folder


@pytest.fixture
def signed(copy, keys):
    """The folder of a signed artifact and the public key."""
    secret, public = keys()
    assert sign(copy, secret) == copy / SIGNATURE
    return copy, public
