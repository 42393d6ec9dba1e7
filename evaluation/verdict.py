"""The honest verdict in plain English: who won, by how much, and whether that may be chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evaluation.metrics import Value
from evaluation.phrases import count, interval, points, signed_interval

Outcome = Literal["clear", "noise", "simple", "no baseline", "alone", "undefined"]


@dataclass(frozen=True)
class Standing:
    """A model's place; `lead` is the best model's macro-F1 minus this one's, None for the best.

    Both are means over its `seeds`.
    """

    name: str
    simple: bool
    macro_f1: Value
    lead: Value | None
    seeds: int = 1


@dataclass(frozen=True)
class Contest:
    """What a verdict speaks of: one task's models on the same rows, the best first."""

    task: str
    dataset: str
    rows: int
    documents: int
    ranked: tuple[Standing, ...]

    @property
    def place(self) -> str:
        return f"{self.task} ({self.dataset})"

    @property
    def rival(self) -> Standing | None:
        """The one that the best must beat: the best simple baseline behind a model that is none."""
        return next((model for model in self.ranked[1:] if model.simple), None)

    @property
    def outcome(self) -> Outcome:
        """clear: beyond chance above every simple baseline; noise: not so; simple: one is best."""
        best = self.ranked[0]
        if best.macro_f1.value is None:
            return "undefined"
        if len(self.ranked) == 1:
            return "alone"
        if best.simple:
            return "simple"
        if self.rival is None:
            return "no baseline"
        return "clear" if _above_zero(self.rival.lead) else "noise"

    @property
    def recommended(self) -> str | None:
        """The model to use: the best, unless a simple baseline is within noise of it."""
        if self.outcome == "undefined":
            return None
        return self.rival.name if self.outcome == "noise" and self.rival else self.ranked[0].name


def task_verdict(contest: Contest) -> str:
    """A few sentences on one task."""
    best, rival = contest.ranked[0], contest.rival
    scope = (
        f"On {contest.task} ({contest.dataset}: {count(contest.rows, 'row')} from "
        f"{count(contest.documents, 'document')})"
    )
    scored = f"macro-F1 {_scored(best)}"
    match contest.outcome:
        case "undefined":
            return f"{scope} nothing can be said: macro-F1 is undefined, {best.macro_f1.reason}."
        case "alone":
            return (
                f"{scope} only {best.name} was scored: {scored}. There is nothing to compare "
                "it with."
            )
        case "simple":
            return f"{scope} the simple baseline {best.name} did best: {scored}. {_larger(contest)}"
        case "no baseline":
            return (
                f"{scope} {best.name} did best: {scored}. {_runner_up(contest)} No simple baseline "
                "was scored: score majority and tfidf before you rely on it."
            )
        case "noise":
            assert rival is not None
            return (
                f"{scope} {best.name} did best: {scored}. But its {_lead(rival)}: "
                f"{count(contest.documents, 'document')} cannot tell them apart. "
                f"Use {rival.name}, the simpler one."
            )
        case "clear":
            assert rival is not None
            won = f"{scope} {best.name} won: {scored}. Its {_lead(rival)}."
            return f"{won} {_runner_up(contest)}".strip()


def overall_verdict(contests: Sequence[Contest]) -> str:
    """One paragraph over all tasks."""
    clear = sum(contest.outcome == "clear" for contest in contests)
    told = " ".join(_in_short(contest) for contest in contests)
    if len(contests) == 1:
        return told
    start = f"In {clear} of {len(contests)} comparisons" if clear else "In none of the comparisons"
    return f"{start} a model is beyond chance better than the simple baselines. {told}"


def _in_short(contest: Contest) -> str:
    best, rival = contest.ranked[0], contest.rival
    match contest.outcome:
        case "clear":
            assert rival is not None and rival.lead is not None
            return (
                f"On {contest.place} {best.name} beats {rival.name} by {points(rival.lead.value)} "
                f"points of macro-F1 ({signed_interval(rival.lead)})."
            )
        case "noise":
            assert rival is not None
            lead = points(rival.lead.value if rival.lead else None)
            return (
                f"On {contest.place} the {lead} points between {best.name} and the simple "
                f"{rival.name} may be chance: use {rival.name}."
            )
        case "simple":
            return f"On {contest.place} the simple baseline {best.name} did best: use it."
        case "no baseline":
            return f"On {contest.place} {best.name} did best, but no simple baseline was scored."
        case "alone":
            return f"On {contest.place} only {best.name} was scored: macro-F1 {_scored(best)}."
        case "undefined":
            return f"On {contest.place} macro-F1 is undefined: {best.macro_f1.reason}."


def _larger(contest: Contest) -> str:
    """What became of the models that are no simple baselines, where one of these is best."""
    best = contest.ranked[0]
    larger = next((model for model in contest.ranked if not model.simple), None)
    if larger is None:
        return "Only simple baselines were scored."
    if larger.lead is None or larger.lead.value is None:
        return f"{larger.name} has no macro-F1. Use {best.name}."
    return (
        f"{larger.name}, the best of the others, is {points(larger.lead.value)} points behind "
        f"({_reach(larger.lead)}). It does not earn its place: use {best.name}."
    )


def _runner_up(contest: Contest) -> str:
    """A sentence on the second, unless it is the rival that was spoken of already."""
    second = contest.ranked[1]
    if second is contest.rival or second.lead is None or second.lead.value is None:
        return ""
    fate = "is second" if _above_zero(second.lead) else "cannot be told apart from it"
    return (
        f"{second.name}, {points(second.lead.value)} points behind ({_reach(second.lead)}), {fate}."
    )


def _lead(rival: Standing) -> str:
    title = f"lead over the simple baseline {rival.name} is"
    if rival.lead is None or rival.lead.value is None:
        return f"{title} undefined"
    return f"{title} {points(rival.lead.value)} points ({_reach(rival.lead)})"


def _reach(lead: Value) -> str:
    if lead.low is None:
        return lead.reason or "no interval"
    side = "excludes" if _above_zero(lead) else "includes"
    return f"95% interval {signed_interval(lead)}, which {side} zero"


def _above_zero(lead: Value | None) -> bool:
    return lead is not None and lead.low is not None and lead.low > 0


def _scored(model: Standing) -> str:
    """'70.3 as the mean of 3 seeds (95% interval 65.1 to 75.2)'."""
    value, drawn = model.macro_f1, interval(model.macro_f1)
    seeds = f" as the mean of {model.seeds} seeds" if model.seeds > 1 else ""
    return f"{points(value.value)}{seeds}" + (f" (95% interval {drawn})" if drawn else "")
