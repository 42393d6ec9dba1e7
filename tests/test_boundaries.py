"""Who imports whom, and that the packages are ours."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("data", "tagging", "training", "evaluation", "workflows")
TRAINERS = {"torch", "transformers", "mlflow", "datasets", "accelerate"}


ALONE = """
import sys, sysconfig
from pathlib import Path

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[2:]:
            raise ImportError(name)

sys.meta_path.insert(0, Missing())
from data.records import Example
from tagging.artifact import load_artifact

for int8 in (False, True):
    model = load_artifact(Path(sys.argv[1]), int8)
    assert model.predict([Example("1", "d", "Police fired tear gas.")])[0].probabilities
site = sysconfig.get_paths()["purelib"]
found = {name for name, module in sys.modules.items() if "." not in name and name[0] != "_"
         and (getattr(module, "__file__", None) or "").startswith(site)}
print(*found)
"""


def imported_by(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after the statement."""
    code = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return set(done.stdout.split())


def test_the_import_rules_hold():
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout and "Contracts: 0 kept" not in done.stdout


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_the_one_of_this_repository(name):
    module = importlib.import_module(name)
    assert Path(module.__file__).resolve() == ROOT.resolve() / name / "__init__.py"


def test_what_a_service_imports_holds_no_trainer():
    found = imported_by("import tagging.artifact, tagging.inputs, tagging.pipeline")
    assert "tagging" in found and not found & {*TRAINERS, "training", "evaluation", "workflows"}


def test_running_an_artifact_needs_no_trainer(shelf):
    folder = shelf("transformer", "geo_direction").folder
    statement = (
        "from pathlib import Path\n"
        "from tagging.artifact import load_artifact\n"
        "from data.records import Example, Mark\n"
        f"model = load_artifact(Path({str(folder)!r}))\n"
        "row = Example('1', 'd', 'Lorries left Goma.', (Mark('mention', 13, 17),))\n"
        "assert sum(model.predict([row])[0].probabilities.values()) > 0.99\n"
    )
    found = imported_by(statement)
    assert {"onnxruntime", "tokenizers"} <= found and not found & {*TRAINERS, "sklearn"}


def test_an_artifact_needs_numpy_onnxruntime_and_tokenizers_alone(shelf):
    """Every other package of the project is made impossible to import."""
    folder = shelf("transformer", "event_type").folder
    banned = {*TRAINERS, "pydantic", "yaml", "scipy", "sklearn", "skops", "pandas", "rich", "typer"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(folder), *banned],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {"numpy", "onnxruntime", "tokenizers"}


@pytest.mark.slow
def test_data_and_evaluation_hold_no_trainer():
    assert not imported_by("import data.importers, data.splits, data.articles") & TRAINERS
    allowed = {"mlflow", "datasets"}
    found = imported_by("import evaluation.score, evaluation.compare, evaluation.gate.decision")
    assert not found & (TRAINERS - allowed)


def test_the_tests_shadow_no_package():
    tests = ROOT / "tests"
    assert not list(tests.rglob("__init__.py"))
    assert not {path.name for path in tests.iterdir()} & set(PACKAGES)


def test_every_package_ships():
    text = (ROOT / "pyproject.toml").read_text()
    for name in PACKAGES:
        for path in (ROOT / name).rglob("__init__.py"):
            dotted = ".".join(path.parent.relative_to(ROOT).parts)
            assert f'"{dotted}"' in text, f"{dotted} is not in pyproject's packages"


def test_every_module_says_what_it_is():
    for name in PACKAGES:
        for path in (ROOT / name).rglob("*.py"):
            assert path.read_text(encoding="utf-8").startswith('"""'), path
