"""Signatures: good for exactly what the key signed, and refused with a reason for all else."""

import base64
import json
import shutil
import socket
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from data.errors import BadInput
from tagging.artifact import CARD, SIGNATURE, load_artifact
from tagging.golden import GOLDEN
from tagging.manifest import NAME, verify, write_manifest
from workflows.signing import PASSWORD, check_key, check_signature, sign, verify_artifact

pytest.importorskip("model_signing", reason="the extra 'sign' is not installed")


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
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


def refusal(folder, key) -> str:
    with pytest.raises(BadInput) as caught:
        check_signature(folder, key)
    return str(caught.value)


def rewrite_manifest(folder) -> None:
    """As whoever changed a file would: the manifest fits again, the signature stays."""
    kept = (folder / SIGNATURE).read_bytes()
    (folder / SIGNATURE).unlink()
    write_manifest(folder)
    (folder / SIGNATURE).write_bytes(kept)
    verify(folder, beside={SIGNATURE})


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_what_a_key_signed_is_good_and_still_loads(copy, keys, curve):
    secret, public = keys(private=ec.generate_private_key(curve))
    before = load_artifact(copy).manifest_hash
    check_key(secret)
    sign(copy, secret)
    check_signature(copy, public)
    assert load_artifact(copy).manifest_hash == before


def test_a_signed_artifact_may_move_and_be_reached_by_a_link(signed, tmp_path, monkeypatch):
    folder, public = signed
    moved = folder.rename(tmp_path / "elsewhere")
    check_signature(moved, public)
    (tmp_path / "current").symlink_to(moved)
    check_signature(tmp_path / "current", public)
    monkeypatch.chdir(moved)
    check_signature(type(folder)(), public)


def test_a_changed_file_is_refused_though_the_manifest_fits(signed):
    folder, public = signed
    names = sorted(path.name for path in folder.iterdir() if path.name != SIGNATURE)
    assert {CARD, GOLDEN, NAME} < set(names)
    for name in names:
        kept = {path: path.read_bytes() for path in folder.iterdir()}
        (folder / name).write_bytes(kept[folder / name] + b" ")
        if name != NAME:
            rewrite_manifest(folder)
        told = refusal(folder, public)
        assert f"other content: '{name}'" in told or f", '{name}'" in told
        assert told.count("'") == (2 if name == NAME else 4), "the file and the manifest alone"
        for path, content in kept.items():
            path.write_bytes(content)
    check_signature(folder, public)


@pytest.mark.parametrize("name", [".gitignore", ".gitattributes", "extra.json", "\x1b[2J.txt"])
def test_an_added_file_is_refused_and_its_name_is_no_code(signed, name):
    folder, public = signed
    (folder / name).write_text("{}")
    told = refusal(folder, public)
    assert repr(name)[1:-1] in told and "\x1b" not in told


def test_a_missing_file_or_a_link_is_refused(signed, tmp_path):
    folder, public = signed
    moved = (folder / GOLDEN).rename(tmp_path / "golden")
    rewrite_manifest(folder)
    assert repr(GOLDEN) in refusal(folder, public)
    (folder / GOLDEN).symlink_to(moved)
    assert "links" in refusal(folder, public)


def test_another_key_is_refused(signed, keys):
    folder, _ = signed
    assert "another key" in refusal(folder, keys("other")[1])


def test_an_artifact_without_a_signature_is_refused(copy, keys):
    _, public = keys()
    told = refusal(copy, public)
    assert SIGNATURE in told and "found none" in told and "--sign" in told
    for name in ("nowhere", NAME):
        with pytest.raises(BadInput):
            check_signature(copy / name, public)


def test_the_signature_of_another_artifact_is_refused(signed, shelf, tmp_path):
    folder, public = signed
    other = tmp_path / "other"
    shutil.copytree(shelf("majority", "event_type").folder, other)
    shutil.copy(folder / SIGNATURE, other)
    assert "other content" in refusal(other, public)


def test_a_signature_that_leaves_the_manifest_out_is_refused(copy, keys):
    from model_signing import hashing, signing

    secret, public = keys()
    some = hashing.Config().set_ignored_paths(paths=[SIGNATURE, NAME])
    config = signing.Config().use_elliptic_key_signer(private_key=secret)
    config.set_hashing_config(some).sign(copy, copy / SIGNATURE)
    assert "leaves it out" in refusal(copy, public)


def test_the_tools_of_model_signing_read_it_too(signed):
    from model_signing import verifying

    folder, public = signed
    config = verifying.Config().use_elliptic_key_verifier(public_key=public)
    config.verify(folder, folder / SIGNATURE)


def without(*places):
    """The bundle without what is at these places."""

    def change(bundle):
        inner = bundle
        for place in places[:-1]:
            inner = inner[place]
        del inner[places[-1]]
        return bundle

    return change


def other_content(bundle):
    """A payload with other hashes under the old signature."""
    envelope = bundle["dsseEnvelope"]
    said = base64.b64decode(envelope["payload"]).replace(b"a", b"b")
    envelope["payload"] = base64.b64encode(said).decode()
    return bundle


@pytest.mark.parametrize(
    "change",
    [
        without("mediaType"),
        without("dsseEnvelope"),
        without("dsseEnvelope", "payload"),
        without("dsseEnvelope", "signatures", 0),
        without("verificationMaterial"),
        without("verificationMaterial", "publicKey"),
        other_content,
        lambda bundle: {},
        lambda bundle: [bundle],
        lambda bundle: None,
    ],
)
def test_a_damaged_or_forged_signature_is_refused(signed, change):
    folder, public = signed
    bundle = json.loads((folder / SIGNATURE).read_text())
    (folder / SIGNATURE).write_text(json.dumps(change(bundle)))
    assert "damaged" in refusal(folder, public)


@pytest.mark.parametrize("content", [b"", b"\xff", b"{", b"[" * 200_000, b" " * 1_000_001])
def test_what_is_no_signature_is_refused(signed, content):
    folder, public = signed
    (folder / SIGNATURE).write_bytes(content)
    assert SIGNATURE in refusal(folder, public)


def test_the_hint_of_a_key_is_no_proof(signed, keys, capsys):
    folder, public = signed
    bundle = json.loads((folder / SIGNATURE).read_text())
    del bundle["verificationMaterial"]["publicKey"]["hint"]
    (folder / SIGNATURE).write_text(json.dumps(bundle))
    check_signature(folder, public)
    assert "forged" in refusal(folder, keys("other")[1])
    assert not capsys.readouterr().out, "stdout is for what programs read"


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


@pytest.mark.slow
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
