"""The verbs of `wiretag data`: labelled sentences are imported, checked, built, reviewed."""

from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from data.errors import BadInput
from workflows.printing import Json, Overrides, print_result

SHOWN_WHOLE = 20_000  # sentences; the page of a larger dataset is left to `wiretag data card`

data_app = typer.Typer(help="Labelled sentences: import, check, build.", no_args_is_help=True)


@data_app.command("import")
def data_import(
    format: Annotated[str, typer.Argument(help="One of the formats of docs/data.md.")],
    path: Path,
    out: Annotated[Path, typer.Option(help="The JSONL file to write.")],
    mapping: Annotated[
        str | None, typer.Option(help="What foreign labels and columns mean: a name or a YAML.")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option(help="Leave bad rows out, each with its reason.")
    ] = False,
    json_: Json = False,
) -> None:
    """A file or folder of labelled sentences to JSON Lines."""
    from data.importers import jsonl, read_sentences

    refused = 0

    def refuse(error: BadInput) -> None:  # told at once: a file may hold millions of bad rows
        nonlocal refused
        refused += 1
        typer.echo(f"refused: {error}", err=True)

    rows = read_sentences(path, format, refuse if skip_bad else None, mapping)
    count = jsonl.write(rows, out)
    print_result({"written": count, "refused": refused, "out": str(out)}, json_)


@data_app.command("check")
def data_check(
    paths: Annotated[
        list[Path], typer.Argument(help="A built dataset, or files; of several each is a split.")
    ],
    rows: Annotated[
        int, typer.Option(min=0, help="Rows shown of each kind; totals are always complete.")
    ] = 10,
    json_: Json = False,
) -> None:
    """Counts, repeats within each split, leaks between splits or files; exit 1 on a leak."""
    from data.check import check

    found = check(*paths, shown=rows)
    print_result(found, json_)
    if found["leaks"]:
        raise typer.Exit(1)


@data_app.command("card")
def data_card(
    html: Annotated[Path, typer.Option(help="Self-contained page to write.")],
    path: Annotated[Path, typer.Argument(help="Labelled sentences.")] = Path("data/corpus"),
    json_: Json = False,
) -> None:
    """A page that shows the data: counts, coverage, definitions, examples in colour."""
    from data.card import write_card

    print_result(write_card(path, html), json_)


@data_app.command("build")
def data_build(
    paths: Annotated[list[Path], typer.Argument(help="Corpus folder, JSONL or TSV files.")],
    out: Annotated[Path, typer.Option(help="The dataset folder to write.")],
    test: Annotated[float, typer.Option(help="Share of the sentences.")] = 0.15,
    validation: Annotated[float, typer.Option(help="Share of the sentences.")] = 0.15,
    seed: int = 13,
    by: Annotated[str, typer.Option(help="labels (stratified) or time (train before test).")] = (
        "labels"
    ),
    test_from: Annotated[str | None, typer.Option(help="With --by time: first test day.")] = None,
    validation_from: Annotated[
        str | None, typer.Option(help="With --by time: first validation day.")
    ] = None,
    duplicates: Annotated[
        str, typer.Option(help="Articles that repeat one another: group, drop or refuse.")
    ] = "group",
    json_: Json = False,
) -> None:
    """Split by article; write sentences, a DatasetDict a task (parquet) and a data card."""
    from data.card import write_card
    from data.dataset import Rule, build
    from data.importers import read_each
    from data.splits import SplitConfig
    from data.strict_yaml import validate

    fields = {"test": test, "validation": validation, "seed": seed, "by": by}
    days = {"test_from": test_from, "validation_from": validation_from}
    config = validate(fields | {key: day for key, day in days.items() if day}, SplitConfig)
    card = build(read_each(paths), out, config, duplicates=cast(Rule, duplicates))
    if sum(card["sentences"].values()) <= SHOWN_WHOLE:
        write_card(out, out / "card.html")
    print_result(card, json_)


@data_app.command("export")
def data_export(
    format: Annotated[Literal["label-studio"], typer.Argument(help="What reads it.")],
    input: Annotated[Path, typer.Argument(help="Labelled sentences, or pages (text or HTML).")],
    out: Annotated[Path, typer.Option(help="The JSON of tasks; the labeling config beside it.")],
    artifacts: Annotated[
        Path | None, typer.Option(help="Models whose labels become predictions.")
    ] = None,
    codebook: Annotated[
        str, typer.Option(help="The event types, without artifacts.")
    ] = "event_type",
    offsets: Annotated[
        Literal["code_points", "utf16"], typer.Option(help="utf16 for older versions.")
    ] = "code_points",
    json_: Json = False,
) -> None:
    """Tasks for an annotation tool: labels to correct, or what models predict."""
    from workflows.preannotation import write_tasks

    print_result(write_tasks(input, out, artifacts, codebook, offsets), json_)


@data_app.command("agreement")
def data_agreement(
    paths: Annotated[
        list[Path],
        typer.Argument(help="The same sentences, a file an annotator; each may cover a part."),
    ],
    json_: Json = False,
) -> None:
    """Two or more annotators: kappa and alpha a label, span agreement, where they differ."""
    from data.agreement import agreement

    print_result(agreement(*paths), json_)


@data_app.command("merge")
def data_merge(
    paths: Annotated[list[Path], typer.Argument(help="The same sentences, a file an annotator.")],
    out: Annotated[Path, typer.Option(help="The JSONL file to write.")],
    adjudication: Annotated[
        Path | None,
        typer.Option(help="Where undecided sentences wait; by default beside OUT."),
    ] = None,
    json_: Json = False,
) -> None:
    """Majority of the annotators; what has none waits for an adjudicator."""
    from data.merging import merge

    print_result(merge(paths, out, adjudication), json_)


@data_app.command("suspects")
def data_suspects(
    config: Annotated[Path, typer.Argument(help="A YAML of configs/.")],
    overrides: Overrides = None,
    out: Annotated[Path, typer.Option(help="The JSONL file to write.")] = Path("suspects.jsonl"),
    folds: Annotated[int, typer.Option(min=2, help="Parts, each held out once.")] = 5,
    json_: Json = False,
) -> None:
    """Rows whose labels the models doubt, surest first: read these again."""
    from training.config import load_config
    from workflows.suspects import find_suspects

    print_result(find_suspects(load_config(config, overrides), folds, out, quiet=json_), json_)
