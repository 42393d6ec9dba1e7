"""The command line: one verb a stage. Heavy imports stay inside the commands: --help is quick."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from data.errors import BadInput
from workflows.data_verbs import data_app
from workflows.evaluation_verbs import evaluate_app
from workflows.printing import Json, Overrides, print_result
from workflows.report_verbs import report_app

app = typer.Typer(
    help="Tag event type, actor role and geographic direction in news sentences.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(data_app, name="data")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(report_app, name="report")

Runs = Annotated[Path, typer.Option(help="Folder of the runs and of the local tracking store.")]


@app.command()
def quickstart(
    out: Annotated[Path, typer.Option(help="Folder for all that is made.")] = Path("quickstart"),
    corpus: Annotated[Path, typer.Option(help="Labelled articles to learn from.")] = Path(
        "data/corpus"
    ),
    json_: Json = False,
) -> None:
    """The main job: labelled articles to compared models, artifacts and a tagged page."""
    from workflows.quickstart import run_quickstart

    print_result(run_quickstart(corpus, out, quiet=json_), json_)


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="A YAML of configs/.")],
    overrides: Overrides = None,
    json_: Json = False,
) -> None:
    """One run (or one a seed): fits the model, writes its artifact, records it in MLflow."""
    from training.config import load_config
    from training.processes import joined
    from workflows.seeds import run_training

    with joined():
        if found := run_training(load_config(config, overrides), quiet=json_):
            print_result(found, json_)


@app.command()
def search(
    config: Annotated[Path, typer.Argument(help="A YAML of configs/search/.")],
    overrides: Overrides = None,
    json_: Json = False,
) -> None:
    """Hyper-parameters by optuna over grouped folds; run it again to go on."""
    from training.search import run_search

    print_result(run_search(config, overrides or [], quiet=json_), json_)


@app.command()
def crossvalidate(
    config: Annotated[Path, typer.Argument(help="A YAML of configs/.")],
    overrides: Overrides = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts, each held out once.")] = 5,
    json_: Json = False,
) -> None:
    """Train on all folds but one, score on that one; folds never part an article."""
    from training.config import load_config
    from workflows.crossvalidate import run_crossvalidation

    print_result(run_crossvalidation(load_config(config, overrides), folds, quiet=json_), json_)


@app.command()
def curve(
    configs: Annotated[list[Path], typer.Argument(help="YAMLs of one task.")],
    data: Annotated[Path, typer.Option(help="A folder that `data build` made.")],
    out: Annotated[Path, typer.Option(help="The plot and its figures, without ending.")],
    json_: Json = False,
) -> None:
    """Learning curves at 25, 50, 75 and 100% of the training articles."""
    from workflows.learning_curve import run_learning_curve

    print_result(run_learning_curve(configs, data, out, quiet=json_), json_)


@app.command()
def explain(
    artifact: Annotated[Path, typer.Argument(help="An artifact folder.")],
    data: Annotated[Path, typer.Option(help="Labelled sentences.")],
    row: Annotated[str, typer.Option(help="The id of a row, as reports have it.")],
    label: Annotated[
        str | None, typer.Option(help="The label to explain; else the decided one.")
    ] = None,
    json_: Json = False,
) -> None:
    """Which words a decision hangs on: one at a time is taken out."""
    from workflows.evaluation import explain_row

    print_result(explain_row(artifact, data, row, label), json_)


@app.command()
def bench(
    artifact: Annotated[Path, typer.Argument(help="An actor_role or geo_direction artifact.")],
    json_: Json = False,
) -> None:
    """Score an artifact on DirectionBench: minimal pairs, both members right."""
    from evaluation.behaviour.direction_bench import load_pairs, score_pairs
    from tagging.artifact import load_artifact

    loaded = load_artifact(artifact)
    found = score_pairs(loaded, load_pairs(loaded.card.task), loaded.card.name)
    print_result(found.model_dump(mode="json"), json_)


@app.command()
def behave(
    artifacts: Annotated[Path, typer.Argument(help="An artifact folder, or a folder of them.")],
    task: Annotated[
        list[str] | None, typer.Option(help="This task alone; may be given twice.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="JSON to write, with the failures.")] = None,
    json_: Json = False,
) -> None:
    """Behaviour tests: what names, typos or markup may not change, and what a negation must."""
    from workflows.behaviours import run_behaviours

    print_result(run_behaviours(artifacts, task or [], out, quiet=json_), json_)


@app.command()
def compare(
    reports: Annotated[
        list[Path], typer.Argument(help="Reports on the same rows, or folders of such reports.")
    ],
    html: Annotated[Path | None, typer.Option(help="Self-contained page to write.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    table: Annotated[
        Path | None, typer.Option(help="Table of a paper to write: .md, .tex or .csv.")
    ] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="A column a source in that table.")
    ] = False,
    json_: Json = False,
) -> None:
    """Which model is better, by how much, and whether the interval excludes zero.

    Reports of one name and several seeds are one model, which stands with their mean.
    """
    from workflows.comparing import compare_reports

    print_result(compare_reports(reports, html, markdown, table, sources, quiet=json_), json_)


@app.command()
def gate(
    candidate: Annotated[Path, typer.Argument(help="The report of `evaluate` to judge.")],
    accepted: Annotated[Path, typer.Argument(help="The accepted report, or a folder of them.")],
    config: Annotated[
        Path | None, typer.Option(help="What may be lost; else configs/gate.yaml.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Markdown file to write.")] = None,
    junit: Annotated[Path | None, typer.Option(help="JUnit XML to write.")] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Write the candidate as the accepted report.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Update though it failed.")] = False,
    runs: Runs = Path("runs"),
    json_: Json = False,
) -> None:
    """Exit 1 if the candidate is worse than the accepted report, 4 if the data cannot tell."""
    from workflows.gating import CONFIG, Wanted, run_gate

    wanted = Wanted(markdown, junit, update, force, runs)
    found, status = run_gate(candidate, accepted, config or CONFIG, wanted, quiet=json_)
    if not json_:  # the table has told the rest
        found = {key: found[key] for key in ("outcome", "accepted_report", "tracked")}
    print_result(found, json_)
    raise typer.Exit(status)


@app.command()
def export(
    run: Annotated[str, typer.Argument(help="A run's folder, or the id of a tracked run.")],
    out: Annotated[Path, typer.Option(help="The artifact folder to write.")],
    report: Annotated[
        list[Path] | None,
        typer.Option(help="A report of this very artifact for its model card; may be repeated."),
    ] = None,
    register: Annotated[
        str | None, typer.Option(metavar="NAME", help="Add it to this registered MLflow model.")
    ] = None,
    alias: Annotated[
        Literal["champion", "candidate"] | None,
        typer.Option(help="Move this alias to it, if the gate passed it."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Move the alias whatever the gate said.")
    ] = False,
    sign: Annotated[
        Path | None,
        typer.Option(
            metavar="KEY.pem",
            help="Sign it with this private key; WIRETAG_KEY_PASSWORD has its password.",
        ),
    ] = None,
    runs: Runs = Path("runs"),
    json_: Json = False,
) -> None:
    """An artifact with its model card, verified, for services; exit 1 if an alias stays."""
    from workflows.export import Registration, export_run

    if register is None and (alias or force):
        raise typer.BadParameter("--alias and --force need --register NAME")
    wanted = Registration(register, alias, force) if register is not None else None
    found = export_run(run, out, runs, wanted, report or (), sign)
    print_result(found, json_)
    raise typer.Exit(1 if "refused" in found else 0)


@app.command()
def verify(
    artifact: Annotated[Path, typer.Argument(help="An artifact folder.")],
    key: Annotated[
        Path | None,
        typer.Option(metavar="PUBLIC.pem", help="The public key that must have signed it."),
    ] = None,
    json_: Json = False,
) -> None:
    """Check an artifact: its signature if a key is given, its hashes, its golden answers."""
    from workflows.signing import verify_artifact

    print_result(verify_artifact(artifact, key), json_)


@app.command()
def tag(
    artifacts: Annotated[Path, typer.Argument(help="An artifact folder, or a folder of them.")],
    inputs: Annotated[
        list[Path],
        typer.Argument(help="Text or HTML files, one article each, or folders of them."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for the records; run it again to go on."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="PAGE", help="Page to write, with a map.")
    ] = None,
    int8: Annotated[bool, typer.Option("--int8", help="The quantized models.")] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of a model; else one a core.")
    ] = None,
    json_: Json = False,
) -> None:
    """Tag articles: what happened, when, who did it to whom, who says so, from where to where."""
    from workflows.tagging import Tagging, tag_inputs

    asked = Tagging(artifacts, inputs, out, html, int8, threads)
    print_result(tag_inputs(asked, quiet=json_), json_)


@app.command()
def serve(
    artifacts: Annotated[
        list[Path], typer.Argument(help="Artifact folders, or folders of them; one a task.")
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 8000,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the bearer token; else WIRETAG_TOKEN, else none."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of a model; else one a core.")
    ] = None,
    int8: Annotated[bool, typer.Option("--int8", help="The quantized models.")] = False,
    queue: Annotated[int, typer.Option(min=1, help="Texts that may wait.")] = 256,
    burst: Annotated[
        float, typer.Option(min=0, help="Seconds of work that may wait; beyond is overload.")
    ] = 0.1,
    timeout: Annotated[
        float, typer.Option(min=0.1, max=60, help="Seconds within which an answer must come.")
    ] = 10.0,
    grace: Annotated[int, typer.Option(min=1, help="Seconds that an end may take.")] = 30,
) -> None:
    """Answer over HTTP: /v1/tag, /healthz, /readyz, /metrics, /openapi.json."""
    from workflows.serving import serve_artifacts

    waiting = (queue, burst, timeout)
    serve_artifacts(artifacts, (host, port), token_file, threads, int8, waiting, grace)


def main() -> None:
    """Entry point: bad input is one line on stderr and exit 3, never a traceback."""
    try:
        app()
    except (BadInput, OSError) as error:  # OSError: no permission, a full disk, a file as folder
        typer.echo(f"error: {error}", err=True)
        sys.exit(3)


if __name__ == "__main__":
    main()
