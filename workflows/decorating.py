"""Decorates an export: its scores in artifact.json, its model card, its calibration plot."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data.errors import BadInput
from evaluation.rendering.model_card import PLOT, calibration_plot, render_model_card, scope_of
from evaluation.report import Report, load_report
from tagging.artifact import CARD, README, SIGNATURE, Artifact
from tagging.card import FORMAT_VERSION, Score
from tagging.manifest import verify


def load_reports(artifact: Artifact, paths: Sequence[Path]) -> list[Report]:
    """The reports in their order; raises BadInput for one of another artifact, or of rows again."""
    found: dict[str, Report] = {}
    for path in paths:
        report = load_report(path)
        made_of = report.artifact.manifest_sha256
        if made_of != artifact.manifest_hash:
            raise BadInput(
                f"a report of {artifact.card.name}, manifest {artifact.manifest_hash[:16]}…",
                f"one of {report.model}, manifest {made_of[:16] + '…' if made_of else 'unknown'}",
                "evaluate the very artifact that is exported",
                path=path,
            )
        if report.dataset.rows_sha256 in found:
            told = f"{report.dataset.name} again"
            raise BadInput("one report a dataset", told, "leave one out", path=path)
        found[report.dataset.rows_sha256] = report
    return list(found.values())


def decorate(artifact: Artifact, stage: Path, reports: Sequence[Report]) -> None:
    """Writes what reports tell into `stage`, a whole copy of the artifact with its manifest.

    The manifest is stale then, and whoever made the stage writes it anew; a signature is taken
    away, for it was made of the old one. Raises BadInput where the copy is not the artifact.
    """
    copied = verify(stage, beside={SIGNATURE}).hash
    if copied != artifact.manifest_hash:
        raise BadInput(
            f"a copy of the manifest {artifact.manifest_hash[:16]}…",
            f"{copied[:16]}…",
            "the artifact changed meanwhile: export again",
            path=artifact.folder,
        )
    (stage / SIGNATURE).unlink(missing_ok=True)
    (stage / PLOT).unlink(missing_ok=True)
    scores = tuple(map(_score, reports)) or artifact.card.scores
    card = replace(artifact.card, scores=scores, format_version=FORMAT_VERSION)
    _write(stage / CARD, card.to_json())
    _write(stage / README, render_model_card(replace(artifact, card=card), reports))
    if drawn := calibration_plot(reports):
        _write(stage / PLOT, drawn)


def _score(report: Report) -> Score:
    figure, low_high = report.macro_f1, report.macro_f1.interval or (None, None)
    return Score(
        scope_of(report),
        report.dataset.rows_sha256,
        report.headline.rows,
        figure.value,
        *low_high,
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
