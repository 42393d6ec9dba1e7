"""Training with per_event, from the config to a tagger that can be asked for one event."""

from dataclasses import replace

from run_configs import QUIET, config

from data.codebook import load_codebook
from data.records import asked
from tagging.artifact import load_artifact
from tagging.pipeline import Tagger
from training.run import train
from training.sources import load_data

ACTORS = load_codebook("actor_role")


def test_per_event_adds_rows_that_train_and_none_that_validates(place):
    plain, more = load_data(config(place)), load_data(config(place, per_event=True))
    assert more.validation == plain.validation
    assert more.train[: len(plain.train)] == plain.train
    events = {row.text.split(": ")[0] for row in more.train[len(plain.train) :]}
    assert events and events <= set(load_codebook("event_type").labels)


def test_an_artifact_says_whether_it_may_be_asked_for_one_event(place):
    plain = train(config(place), load_data(config(place)), bars=QUIET)
    wanted = config(place, name="per-event", per_event=True)
    taught = train(wanted, load_data(wanted), bars=QUIET)
    row = load_data(config(place)).validation[0]
    questions = [replace(asked(row, "ASSAULT"), labels=())]
    assert Tagger([load_artifact(plain.artifact)]).judge("actor", questions) is None
    tagger = Tagger([load_artifact(taught.artifact)])
    (answer,) = tagger.judge("actor", questions) or ()
    assert set(answer.probabilities) == set(ACTORS.labels)
    assert tagger.judge("place", questions) is None
