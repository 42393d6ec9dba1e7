"""The verbs of `wiretag evaluate`: an artifact on its task's rows, a stack on events."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from workflows.printing import Json, print_result

DEFAULT: Final = "artifact"


class ByDefault(TyperGroup):
    """A group that takes what names none of its verbs as the arguments of the default one.

    Typer carries a click of its own, whose context it does not give out: hence `Any`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


evaluate_app = typer.Typer(
    cls=ByDefault,
    help="Score an artifact: `evaluate ARTIFACT --data F`; or a stack: `evaluate events FOLDER …`.",
    no_args_is_help=True,
)
Data = Annotated[Path, typer.Option(help="Labelled sentences the model has never seen.")]
Runs = Annotated[Path, typer.Option(help="Folder of the runs and of the local tracking store.")]


@evaluate_app.command(DEFAULT)
def evaluate_artifact_(
    artifact: Annotated[Path, typer.Argument(help="An artifact folder.")],
    data: Data,
    report: Annotated[Path | None, typer.Option(help="The JSON report to write.")] = None,
    labels: Annotated[
        str | None, typer.Option(help="Score among these labels alone: a,b,c.")
    ] = None,
    texts: Annotated[bool, typer.Option(help="Keep the sentences in the report.")] = False,
    seen: Annotated[
        list[Path] | None,
        typer.Option(help="What the model was trained on: scores without its repeats too."),
    ] = None,
    cost: Annotated[
        bool, typer.Option("--cost", help="Latency, throughput, size and memory too.")
    ] = False,
    behaviour: Annotated[
        bool, typer.Option("--behaviour", help="Failure rates of the behaviour tests too.")
    ] = False,
    untold: Annotated[
        bool, typer.Option("--untold", help="Do not tell the model whose guidelines rows follow.")
    ] = False,
    runs: Runs = Path("runs"),
    json_: Json = False,
) -> None:
    """Score an artifact (the word `artifact` may be left out); adds to its MLflow run."""
    from workflows.evaluation import Wanted, evaluate_artifact

    kept = tuple(name.strip() for name in labels.split(",")) if labels else None
    wanted = Wanted(kept, texts, cost, behaviour, untold)
    print_result(evaluate_artifact(artifact, data, report, wanted, runs, json_, seen or ()), json_)


@evaluate_app.command("events")
def evaluate_events_(
    artifacts: Annotated[Path, typer.Argument(help="A folder with an artifact a task.")],
    data: Data,
    against: Annotated[
        Path | None, typer.Option(help="Another such folder, to compare with.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="The JSON report to write.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    runs: Runs = Path("runs"),
    json_: Json = False,
) -> None:
    """Score the events of whole articles, and tell how much each stage of the way loses."""
    from workflows.event_evaluation import evaluate_events

    stacks = [artifacts, against] if against else [artifacts]
    found = evaluate_events(stacks, data, report, markdown, runs, json_)
    if not json_:  # the tables have told the rest
        found = {key: found[key] for key in ("articles", "left_out", "report", "tracked")}
    print_result(found, json_)
