"""Configs of short runs, and the record of what they did."""

from pathlib import Path

from mlflow.tracking import MlflowClient

from data.codebook import load_codebook
from training.config import RunConfig
from training.progress import Bars

ACTORS = load_codebook("actor_role")
QUIET = Bars(quiet=True)


def config(place: Path, family: str = "tfidf", **changes) -> RunConfig:
    content = {
        "name": f"actors-{family}",
        "task": "actor_role",
        "data": (str(place / "dataset"),),
        "out": str(place / "runs"),
        "model": {"family": family} | ({"min_df": 3} if family == "tfidf" else {}),
    }
    return RunConfig.model_validate(content | changes)


def client(place: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{place.absolute()}/runs/mlflow.db")
