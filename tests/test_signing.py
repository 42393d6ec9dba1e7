"""Signatures: good for exactly what the key signed, and refused with a reason for all else."""

import base64
import json
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from signed_artifacts import refusal, rewrite_manifest

from data.errors import BadInput
from tagging.artifact import CARD, SIGNATURE, load_artifact
from tagging.golden import GOLDEN
from tagging.manifest import NAME
from workflows.signing import check_key, check_signature, sign

pytest.importorskip("model_signing", reason="the extra 'sign' is not installed")
pytest_plugins = ["signing_keys"]
pytestmark = pytest.mark.usefixtures("offline")


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
