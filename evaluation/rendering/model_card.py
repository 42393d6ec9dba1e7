"""The model card of an artifact: its README.md, and the calibration plot that lies beside it."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from data.pages import visible
from evaluation.metrics import MetricName, Value
from evaluation.phrases import TITLES, count, plain, points
from evaluation.rendering import slices
from evaluation.rendering.html import environment
from evaluation.rendering.markdown import escape_markdown
from evaluation.rendering.plots import reliability_plot
from evaluation.report import Report
from evaluation.risk_coverage import WANTED
from evaluation.slices import Slice
from tagging.artifact import Artifact
from tagging.inputs import closing, opening

PLOT = "calibration.svg"
CALIBRATION: tuple[MetricName, ...] = ("ece", "brier", "log_loss")
WIDTH, HEIGHT, SCALE = 200, 205, 1.5  # of a panel of the plot, in its own units, and in pixels
LONGEST = 26  # letters of a dataset's name above its panel
_SPACE = re.compile(r"\s+")
_STYLE = Markup(  # a file of its own has no page to take its colours from
    "<style>text{font:12px sans-serif;fill:#5a616a}.frame{fill:none;stroke:#c9c4b8}"
    ".ideal{stroke:#8a9097;stroke-dasharray:4 4}.spot{fill:#1d5f8a}</style>"
)


def render_model_card(artifact: Artifact, reports: Sequence[Report]) -> str:
    """Markdown with YAML front matter; `reports` are of this artifact, one a dataset."""
    template = environment(escape_markdown).get_template("model_card.md.jinja")
    return template.render(
        page=CardPage(artifact, reports),
        card=artifact.card,
        codebook=artifact.codebook,
        reports=reports,
        front_matter=Markup(_front_matter(artifact, reports)),
        told=told,
        plain=plain,
        figure=figure,
        scope_of=scope_of,
        opening=opening,
        closing=closing,
        calibration=CALIBRATION,
        wanted=WANTED,
        plot=PLOT,
    )


@dataclass(frozen=True)
class CardPage:
    """What the sections of the card show."""

    artifact: Artifact
    reports: Sequence[Report]

    @property
    def metrics(self) -> list[MetricName]:
        """Those of the decisions, in the table of datasets."""
        first = self.reports[0]
        last: MetricName = "samples_f1" if first.multi else "mcc"
        return ["macro_f1", "micro_f1", "weighted_f1", first.right_name, last, "pr_auc_macro"]

    @property
    def tested(self) -> Report | None:
        """The report whose behaviour is shown: the tests ask the same beside every dataset."""
        return next((each for each in self.reports if each.behaviour), None)

    @property
    def binned(self) -> list[Report]:
        return [each for each in self.reports if each.headline.reliability]

    @property
    def commit(self) -> str:
        card = self.artifact.card
        return (card.git_commit or "not known") + " and uncommitted changes" * bool(card.git_dirty)

    @property
    def validation_losses(self) -> dict[str, float]:
        """Calibration method -> log-loss on held-out folds of validation; "none" is before."""
        scores = self.artifact.card.validation.items()
        return {
            name.removeprefix("log_loss/"): value
            for name, value in scores
            if name.startswith("log_loss/") and value is not None
        }

    def slices(self, report: Report) -> list[Slice]:
        """Those whose difference to the rest was tested, the furthest below it first."""
        return [each for each in slices.ranked(report).every if each.p_holm is not None]

    def weak(self, report: Report) -> list[str]:
        """A line for each slice that is below the rest beyond chance."""
        right = TITLES[report.right_name]
        return [
            f"{each.name} ({each.kind}): {right} {told(each.right)}, {slices.effect(each)} against "
            f"the rest; {count(each.rows, 'row')} of {count(each.documents, 'article')}"
            for each in self.slices(report)
            if slices.beyond_chance(each) and (each.difference.value or 0.0) < 0
        ]


def told(value: Value, form: Callable[[float], str] = points) -> str:
    """'61.6 (56.4 to 65.5)'; what has no figure or no interval says why."""
    if value.value is None:
        return f"undefined: {value.reason}"
    ends = value.interval
    reach = f"{form(ends[0])} to {form(ends[1])}" if ends else value.reason
    return f"{form(value.value)} ({reach})" if reach else form(value.value)


def figure(value: Value) -> str:
    """A time or a rate: '37.4'."""
    return told(value, lambda number: f"{number:,.1f}")


def scope_of(report: Report) -> str:
    """The dataset's name, and the labels where no others could be decided."""
    among = f", among {', '.join(report.labels)} only" if report.closed_set else ""
    return f"{report.dataset.name}{among}"


def calibration_plot(reports: Sequence[Report]) -> str | None:
    """An SVG file with a panel a report; None where no report has bins."""
    drawn = [each for each in reports if each.headline.reliability]
    if not drawn:
        return None
    width = WIDTH * len(drawn)
    frame = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{}" height="{}">'
        '<title>Calibration</title>{}<rect width="{w}" height="{h}" fill="#fbfaf7"/>{}</svg>\n'
    )
    panels = Markup("").join(_panel(place, each) for place, each in enumerate(drawn))
    size = (f"{width * SCALE:.0f}", f"{HEIGHT * SCALE:.0f}")
    return str(frame.format(*size, _STYLE, panels, w=width, h=HEIGHT))


def _panel(place: int, report: Report) -> Markup:
    name = _line(scope_of(report))
    cut = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    shape = (
        '<g transform="translate({} 0)"><text x="94" y="18" text-anchor="middle">{}</text>'
        '<g transform="translate(0 20)">{}</g>'
        '<text x="94" y="198" text-anchor="middle">probability</text>'
        '<text transform="translate(16 99) rotate(-90)" text-anchor="middle">came true</text></g>'
    )
    drawing = reliability_plot(report.headline.reliability, "m0")
    return Markup(shape).format(place * WIDTH, cut, drawing)


def _front_matter(artifact: Artifact, reports: Sequence[Report]) -> str:
    """YAML in which every value is a line of JSON, so no name ends it or begins a key."""
    card = artifact.card
    content: dict[str, Any] = {
        "license": "other",
        "license_name": "licences-of-its-parts",
        "language": ["en"],
        "library_name": "wiretag",
        "pipeline_tag": "text-classification",
        "tags": ["wiretag", "news", *map(_line, (card.task, card.family, card.runtime))],
        "metrics": ["f1"],
    }
    if results := [_result(each) for each in reports if each.macro_f1.value is not None]:
        content["model-index"] = [{"name": _line(card.name), "results": results}]
    pairs = content.items()
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in pairs)


def _result(report: Report) -> dict[str, Any]:
    """A dataset's score in the shape that model hubs read."""
    return {
        "task": {"type": "text-classification", "name": _line(report.task)},
        "dataset": {"type": "sentences", "name": _line(scope_of(report))},
        "metrics": [{"type": "f1", "name": "macro-F1", "value": report.macro_f1.value}],
    }


def _line(text: str) -> str:
    """The text on one line, without characters that YAML and SVG refuse."""
    return _SPACE.sub(" ", visible(text))
