"""Keys that cannot sign or verify, passwords, and what `wiretag verify` tells."""

import json
import shutil
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from signed_artifacts import refusal, rewrite_manifest

from data.errors import BadInput
from tagging.artifact import CARD, SIGNATURE, load_artifact
from tagging.golden import GOLDEN
from tagging.manifest import write_manifest
from workflows.signing import PASSWORD, check_key, check_signature, sign, verify_artifact

pytest.importorskip("model_signing", reason="the extra 'sign' is not installed")
pytest_plugins = ["signing_keys"]
pytestmark = pytest.mark.usefixtures("offline")


def test_a_key_that_cannot_sign_is_refused_and_the_old_signature_stays(signed, keys, tmp_path):
    folder, public = signed
    (tmp_path / "text.pem").write_text("no key")
    (tmp_path / "empty.pem").touch()
    wrong = [
        tmp_path / "nowhere.pem",
        tmp_path / "text.pem",
        tmp_path / "empty.pem",
        public,
        keys("rsa", rsa.generate_private_key(65537, 2048))[0],
        keys("ed", ed25519.Ed25519PrivateKey.generate())[0],
        keys("bitcoin", ec.generate_private_key(ec.SECP256K1()))[0],
    ]
    for key in wrong:
        for attempt in (lambda key: sign(folder, key), check_key):
            with pytest.raises(BadInput, match="a private key in PEM") as caught:
                attempt(key)
            assert str(key) in str(caught.value)
    check_signature(folder, public)


def test_a_key_that_cannot_verify_is_refused(signed, keys, tmp_path):
    folder, _ = signed
    (tmp_path / "text.pem").write_text("no key")
    wrong = [
        tmp_path / "nowhere.pem",
        tmp_path / "text.pem",
        keys()[0],
        keys("rsa", rsa.generate_private_key(65537, 2048))[1],
        keys("ed", ed25519.Ed25519PrivateKey.generate())[1],
    ]
    for key in wrong:
        told = refusal(folder, key)
        assert "a public key in PEM" in told and str(key) in told


def test_an_encrypted_key_needs_its_password(copy, keys, monkeypatch):
    secret, public = keys(password="correct horse")
    with pytest.raises(BadInput, match=PASSWORD):
        sign(copy, secret)
    monkeypatch.setenv(PASSWORD, "wrong mule")
    with pytest.raises(BadInput, match=PASSWORD) as caught:
        sign(copy, secret)
    assert "mule" not in str(caught.value)
    monkeypatch.setenv(PASSWORD, "correct horse")
    sign(copy, secret)
    check_signature(copy, public)
    sign(copy, keys("plain")[0])  # a key without one does not mind


def test_what_is_damaged_is_not_signed(copy, keys):
    (copy / CARD).write_bytes((copy / CARD).read_bytes() + b" ")
    with pytest.raises(BadInput, match=CARD):
        sign(copy, keys()[0])
    assert not (copy / SIGNATURE).exists()


def test_signing_again_replaces_and_follows_no_link(signed, keys, tmp_path):
    folder, public = signed
    secret, other = keys("other")
    sign(folder, secret)
    check_signature(folder, other)
    assert "another key" in refusal(folder, public)
    kept = (folder / SIGNATURE).rename(tmp_path / "kept")
    before = kept.read_bytes()
    (folder / SIGNATURE).symlink_to(kept)
    assert "a link" in refusal(folder, other)
    sign(folder, secret)
    check_signature(folder, other)
    assert kept.read_bytes() == before and not (folder / SIGNATURE).is_symlink()


def test_verify_tells_what_it_knows_of_the_signature(copy, keys):
    secret, public = keys()
    assert verify_artifact(copy)["signature"] == "none"
    sign(copy, secret)
    assert verify_artifact(copy)["signature"] == "not checked"
    found = verify_artifact(copy, public)
    loaded = load_artifact(copy)
    assert found == {
        "artifact": str(copy),
        "task": "geo_direction",
        "model": loaded.card.name,
        "manifest": loaded.manifest_hash,
        "signature": "good",
    }


def test_the_signature_is_checked_before_anything_is_parsed(signed):
    folder, public = signed
    (folder / CARD).write_text("{broken")
    rewrite_manifest(folder)
    with pytest.raises(BadInput, match="card"):
        verify_artifact(folder)
    with pytest.raises(BadInput, match="made with the key"):
        verify_artifact(folder, public)


def test_the_golden_answers_of_int8_are_asked_too(shelf, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(shelf("transformer", "geo_direction").folder, folder)
    verify_artifact(folder)
    rows = [json.loads(line) for line in (folder / GOLDEN).read_text("utf-8").splitlines()]
    rows[3]["int8"] = {name: 0.5 - value / 2 for name, value in rows[3]["int8"].items()}
    (folder / GOLDEN).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    write_manifest(folder)
    load_artifact(folder)
    with pytest.raises(BadInput, match="golden answer"):
        verify_artifact(folder)


@pytest.mark.parametrize("missing", ["model_signing.signing", "model_signing.verifying"])
def test_without_the_extra_a_line_says_what_to_install(signed, keys, monkeypatch, missing):
    folder, public = signed
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(BadInput, match=r"\.\[sign\]"):
        if missing.endswith("signing.signing"):
            sign(folder, keys()[0])
        else:
            check_signature(folder, public)
