"""The transformer family: it learns, stops, freezes and marks as its config says."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.records import Example, Mark
from training.calibration import macro_f1
from training.encoders import load_encoder, resolve
from training.families.base import targets
from training.families.freezing import FrozenWords, freeze_words
from training.families.transformer import MarkedClassifier
from training.fitting import Fit
from training.rates import optimizer_of, rate

ACTORS, PLACES = load_codebook("actor_role"), load_codebook("geo_direction")


def fit(config, rows, codebook, watcher, validation=(), seed=1):
    return config.fit(rows, list(validation), codebook, seed, watcher)


def test_a_transformer_is_the_same_for_a_seed_and_logs_every_epoch(transformer, sentences, watcher):
    rows = examples_of(sentences, PLACES).examples[:40]
    config = transformer(epochs=2)
    first = fit(config, rows, PLACES, watcher, rows[:8]).probabilities(rows)
    heard = watcher.heard
    assert [step for _, step in heard] == [1, 2] and watcher.rows == 80
    assert all(set(values) == {"loss", "validation/macro_f1"} for values, _ in heard)
    again = fit(config, rows, PLACES, watcher, rows[:8]).probabilities(rows)
    other = fit(config, rows, PLACES, watcher, rows[:8], seed=2).probabilities(rows)
    assert np.array_equal(first, again) and not np.allclose(first, other, atol=1e-4)
    assert first.sum(axis=1) == pytest.approx(np.ones(40), abs=1e-5)


def test_a_transformer_can_learn(transformer, watcher):
    texts = ("Lorries left Goma at noon.", "Traders saw Goma at noon.")
    rows = []
    for number in range(32):
        text = texts[number % 2]
        start = text.index("Goma")
        label = ("origin", "site")[number % 2]
        rows.append(Example(str(number), "d", text, (Mark("mention", start, start + 4),), (label,)))
    config = transformer(epochs=8, learning_rate=3e-3, head_learning_rate=1e-2, dropout=0)
    fitted = fit(config, rows, PLACES, watcher)
    losses = [values["loss"] for values, _ in watcher.heard]
    assert len(losses) == 8 and losses[-1] < 0.5 * losses[0]
    found = fitted.probabilities(rows)
    assert macro_f1(targets(rows, PLACES), found, PLACES) == 1.0
    assert fitted.probabilities([]).shape == (0, 5)


def test_training_keeps_the_best_epoch_and_stops_with_patience(
    transformer, sentences, watcher, monkeypatch
):
    scores = iter([0.2, 0.6, 0.5, 0.4, 0.3, 0.9])
    states = []

    def score(gold, probabilities, codebook):
        states.append(probabilities.copy())
        return next(scores)

    monkeypatch.setattr("training.families.transformer.macro_f1", score)
    rows = examples_of(sentences, PLACES).examples[:24]
    fitted = fit(transformer(epochs=9, patience=2), rows, PLACES, watcher, rows[:6])
    assert [step for _, step in watcher.heard] == [1, 2, 3, 4]
    kept = fitted.probabilities(rows[:6])
    assert np.allclose(kept, states[1], atol=1e-6) and not np.allclose(kept, states[3], atol=1e-6)


def test_a_loss_that_is_no_number_stops_and_names_the_rows(
    transformer, sentences, watcher, monkeypatch
):
    rows = examples_of(sentences, ACTORS).examples[:24]
    config = transformer(head_learning_rate=1e37, learning_rate=1e37, epochs=3, warmup=0)
    with pytest.raises(BadInput, match=r"a finite loss, found .*; lower model\.learning_rate"):
        fit(config, rows, ACTORS, watcher)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_the_rows_of_a_broken_batch_are_named_whatever_the_batch(
    value, transformer, sentences, watcher, monkeypatch
):
    rows = examples_of(sentences, ACTORS).examples[:24]
    whole = Fit._loss
    for broken in range(6):  # of two epochs of three batches
        batches = []

        def loss(self, batch, broken=broken, batches=batches):
            batches.append([rows[row].id for row in batch])
            return whole(self, batch) * (value if len(batches) > broken else 1)

        monkeypatch.setattr(Fit, "_loss", loss)
        with pytest.raises(BadInput) as caught:
            fit(transformer(epochs=2, batch_size=8), rows, ACTORS, watcher)
        epoch, names = 1 + broken // 3, ", ".join(batches[broken][:5])
        assert f"found {value} in epoch {epoch}, on the rows {names} and 3 more" in str(
            caught.value
        )
        assert "take the row at fault out" in caught.value.fix


def test_a_gradient_without_bound_stops_before_it_reaches_the_weights(
    transformer, sentences, watcher, monkeypatch
):
    rows = examples_of(sentences, ACTORS).examples[:2]
    seen = []

    def unbounded(parameters, limit):
        seen.extend((parameter, parameter.detach().clone()) for parameter in parameters)
        return torch.tensor(math.inf)

    monkeypatch.setattr("training.fitting.nn.utils.clip_grad_norm_", unbounded)
    with pytest.raises(BadInput, match=rf"a gradient without bound in epoch 1, .*{rows[0].id}"):
        fit(transformer(), rows, ACTORS, watcher)
    assert seen and all(torch.equal(now, before) for now, before in seen)


def test_frozen_words_keep_the_pretrained_rows_and_train_the_markers(
    transformer, sentences, watcher, tiny_encoder
):
    rows = examples_of(sentences, ACTORS).examples[:24]
    before, tokenizer, _ = load_encoder(str(tiny_encoder), ACTORS.marks)
    old = before.get_input_embeddings().weight
    fitted = fit(transformer(learning_rate=1e-2), rows, ACTORS, watcher)
    words = fitted.model.encoder.get_input_embeddings()
    assert isinstance(words, FrozenWords)
    now = words.merged().weight
    size = tokenizer.get_vocab_size() - 2
    assert torch.equal(now[:size], old[:size]) and now.shape == old.shape
    assert not torch.allclose(now[size:], old[size:], atol=1e-4)
    thawed = fit(transformer(freeze_embeddings=False), rows, ACTORS, watcher)
    assert not torch.equal(thawed.model.encoder.get_input_embeddings().weight[:size], old[:size])


def test_frozen_words_look_up_the_same_rows():
    words = torch.nn.Embedding(7, 3)
    holder = SimpleNamespace(words=words)
    holder.get_input_embeddings = lambda: words
    holder.set_input_embeddings = lambda new: setattr(holder, "words", new)
    freeze_words(holder, 5)
    ids = torch.tensor([[0, 4, 5], [6, 1, 5]])
    assert torch.equal(holder.words(ids), words(ids))
    assert torch.equal(holder.words.merged().weight, words.weight)
    freeze_words(holder, 7)


def test_a_marker_starts_as_its_marks_name(tiny_encoder):
    model, tokenizer, pad = load_encoder(str(tiny_encoder), ("source", "target"))
    words = model.get_input_embeddings().weight
    for mark in ("source", "target"):
        expected = words[tokenizer.token_to_id(mark)]
        for token in (f"[{mark}]", f"[/{mark}]"):
            assert torch.equal(words[tokenizer.token_to_id(token)], expected)
    assert pad == tokenizer.token_to_id("[PAD]") == 0
    assert tokenizer.encode("a [source] army").tokens[2:3] == ["[source]"]


@pytest.mark.slow
def test_an_encoder_that_is_not_there_is_refused_with_advice(tmp_path):
    for name in (str(tmp_path), "nobody/no-such-encoder"):
        with pytest.raises(BadInput, match="offline, use 'minilm' or a folder"):
            load_encoder(name, ("mention",))


def test_the_packaged_encoder_is_checked_by_its_hash(monkeypatch):
    assert resolve("some/name") == "some/name"
    monkeypatch.setattr("training.encoders.PACKAGED_SHA256", "0" * 64)
    with pytest.raises(BadInput, match="weights of sha256 0000000000000000"):
        resolve("minilm")


def test_the_rate_warms_up_and_decays_to_nothing():
    rates = [rate(step, 20, 0.2) for step in range(21)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0] and rates[4] == 1.0 and rates[20] == 0.0
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert all(0 < rate <= 1 for rate in rates[:20]) and rate(0, 1, 0.0) == 1.0


def test_each_layer_learns_at_a_share_of_the_rate_above_it(transformer):
    config = transformer(layer_decay=0.5, learning_rate=0.4, head_learning_rate=0.7)
    encoder, _, _ = load_encoder(config.encoder, PLACES.marks)
    freeze_words(encoder, 5)
    model = MarkedClassifier(encoder, PLACES, dropout=0.0)
    names = {parameter: name for name, parameter in model.named_parameters()}
    found = {}
    for group in optimizer_of(model, config).param_groups:
        for parameter in group["params"]:
            found[names[parameter]] = group["rate"]
    assert set(found) == {name for name, one in model.named_parameters() if one.requires_grad}
    for name, rate_found in found.items():
        wanted = 0.1
        if name.startswith("head"):
            wanted = 0.7
        elif ".layer.1." in name:
            wanted = 0.4
        elif ".layer.0." in name:
            wanted = 0.2
        assert rate_found == pytest.approx(wanted), name
