"""Run configurations: those of the repository, overrides, and errors told all at once."""

import re
from pathlib import Path

import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.strict_yaml import parse_model
from training.config import Source, load_config, to_yaml
from training.families.majority import MajorityConfig
from training.families.tfidf import TfidfConfig
from training.families.transformer import TransformerConfig
from training.search import Range, SearchConfig

ROOT = Path(__file__).parent.parent
EVERY = sorted((ROOT / "configs").rglob("*.yaml"))
SEARCHES = [path for path in EVERY if path.parent.name == "search"]
SHIPPED = [path for path in EVERY if path not in SEARCHES and path.name != "gate.yaml"]
TEXT = """# wiretag train configs/x.yaml
name: x
task: event_type
data: data/corpus
model:
  family: transformer
"""


@pytest.fixture
def load(write):
    def loaded(*overrides: str, text: str = TEXT):
        return load_config(write("x.yaml", text), list(overrides))

    return loaded


def refusal(load, *overrides: str, text: str = TEXT) -> str:
    with pytest.raises(BadInput) as caught:
        load(*overrides, text=text)
    return str(caught.value)


def test_there_is_a_config_for_each_task_and_family():
    found = {(path.parent.name, path.stem) for path in SHIPPED}
    for task in ("event_type", "actor_role", "geo_direction"):
        assert {(task, "majority"), (task, "tfidf"), (task, "minilm")} <= found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_shipped_config_is_valid_and_its_first_comment_runs_it(path):
    config = load_config(path)
    codebook = load_codebook(config.task)
    assert set(config.labels or ()) <= set(codebook.labels)
    assert path.parent.name in (config.task, "plv", "benchmarks")
    first = path.read_text().splitlines()[0]
    name = str(path.relative_to(ROOT))
    assert re.match(rf"# wiretag (train|crossvalidate|search) {re.escape(name)}( \S+=\S+)*$", first)
    overrides = re.findall(r" (\S+=\S+)", first)
    load_config(path, overrides)


@pytest.mark.parametrize("path", SEARCHES, ids=lambda path: path.name)
def test_a_shipped_search_names_a_config_and_keys_that_it_has(path):
    search = parse_model(path, SearchConfig)
    base = path.parent / search.config
    for name, space in search.space.items():
        value = space.low if isinstance(space, Range) else space[0]
        load_config(base, [f"{name}={value}"])
    assert path.read_text().startswith(f"# wiretag search {path.relative_to(ROOT)}\n")


def test_names_of_the_runs_are_unique():
    names = [load_config(path).name for path in SHIPPED]
    assert len(set(names)) == len(names)


def test_the_family_chooses_the_model(load):
    for family, kind in (
        ("majority", MajorityConfig),
        ("tfidf", TfidfConfig),
        ("transformer", TransformerConfig),
    ):
        assert isinstance(load(f"model.family={family}").model, kind)


def test_overrides_reach_into_sections_and_are_read_as_yaml(load):
    config = load(
        "model.learning_rate=1e-4",
        "model.head_learning_rate=2E-3",
        "model.epochs=3",
        "model.patience=null",
        "model.freeze_embeddings=false",
        "split.test=0.2",
        "data=[a, b]",
        "labels=[AID, ASSAULT]",
        "seeds=7",
        "out=else where",
    )
    assert (config.model.learning_rate, config.model.head_learning_rate) == (1e-4, 2e-3)
    assert (config.model.epochs, config.model.patience) == (3, None)
    assert config.model.freeze_embeddings is False and load("model.epochs=1e1").model.epochs == 10
    assert (config.split.test, config.split.validation) == (0.2, 0.15)
    assert [source.path for source in config.data] == ["a", "b"] and config.labels == (
        "AID",
        "ASSAULT",
    )
    assert (config.seed, config.out) == (7, "else where")
    assert load().data == (Source(path="data/corpus"),)
    assert load("data=x=y").data == (Source(path="x=y"),)


def test_a_set_may_have_a_weight_and_train_alone(load):
    config = load("data=[a, {path: b, weight: 0.5, auxiliary: true}]", "seeds=[3, 1]")
    assert config.data[1] == Source(path="b", weight=0.5, auxiliary=True)
    assert config.seed == 3 and config.one_seed(1).seeds == (1,)
    with pytest.raises(BadInput, match="must not be auxiliary"):
        load("data={path: b, auxiliary: true}")
    with pytest.raises(BadInput, match="each seed once"):
        load("seeds=[1, 1]")


def test_a_rate_without_a_dot_is_a_number_in_the_file_too(load):
    assert load(text=TEXT + "  learning_rate: 1e-4\n").model.learning_rate == 1e-4


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("model.epoch=3", "unknown key 'model.epoch' (did you mean 'epochs'?)"),
        ("sede=3", "unknown key 'sede' (did you mean 'seeds'?)"),
        ("split.tset=0.1", "unknown key 'split.tset' (did you mean 'test'?)"),
        ("model.epochs=many", "model.epochs: "),
        ("model.epochs=0", "model.epochs: "),
        ("model.epochs=1.5", "model.epochs: "),
        ("model.learning_rate=-1e-4", "model.learning_rate: "),
        ("model.learning_rate=nan", "model.learning_rate: "),
        ("model.class_weight=balanced", "unknown key 'model.class_weight'"),
        ("model.family=bert", "'majority', 'tfidf', 'probe', 'transformer'"),
        ("model.c=1", "unknown key 'model.c'"),
        ("split.test=0.99", "less than a tenth"),
        ("data=[]", "data: "),
        ("data=", "data: "),
        ("name=a/b", "name: "),
        ("name=..", "name: "),
        ("seeds=-1", "seeds.0: "),
        ("seeds=2014-02-31", "a value"),
        ("seeds=[1", "a value"),
        ("seeds=!!python/name:os.system", "a value"),
        ("seed", "an override key=value"),
        ("=3", "an override key=value"),
        ("name.x=3", "'name' holds a value"),
    ],
)
def test_a_bad_override_is_refused_by_name(load, override, said):
    message = refusal(load, override)
    assert "expected" in message and said in message


def test_all_errors_are_told_at_once_and_name_the_file(load):
    message = refusal(load, "model.epoch=3", "sede=1", "split.test=x")
    assert "x.yaml: expected a valid RunConfig" in message
    for part in ("'epochs'", "'seeds'", "split.test: "):
        assert part in message


@pytest.mark.parametrize("key", ["name", "task", "data", "model"])
def test_a_missing_key_is_named(load, key):
    lines = [line for line in TEXT.splitlines() if not line.startswith((key, "  "))]
    text = "\n".join([*lines, *([] if key == "model" else ["model: {family: tfidf}"])])
    text = "\n".join(line for line in text.splitlines() if line != "model:")
    assert f"no {key!r}" in refusal(load, text=text)


def test_the_filled_in_config_says_everything_and_reads_back(load, write):
    config = load("model.family=tfidf")
    text = to_yaml(config)
    assert "char_ngrams" in text and "seed: 1" in text
    assert load_config(write("again.yaml", text)) == config
