"""The verbs of `wiretag report`: what stored predictions tell beyond their headline figures."""

from pathlib import Path
from typing import Annotated

import typer

from data.errors import BadInput
from workflows.printing import Json, print_result

report_app = typer.Typer(help="Reports: verify, weak slices, seeds, price.", no_args_is_help=True)
Reports = Annotated[
    list[Path], typer.Argument(help="Reports on the same rows, or folders of such reports.")
]


@report_app.command("verify")
def report_verify(
    reports: Annotated[list[Path], typer.Argument(help="Reports of `evaluate`.")],
    json_: Json = False,
) -> None:
    """Derive every figure and interval again from the stored predictions."""
    from evaluation.report import load_report

    for path in reports:
        load_report(path, redraw=True)
    print_result({"verified": [str(path) for path in reports]}, json_)


@report_app.command("weak")
def report_weak(
    report: Annotated[Path, typer.Argument(help="A report of `evaluate`.")],
    features: Annotated[int, typer.Option(min=1, max=3, help="Traits joined at the most.")] = 2,
    json_: Json = False,
) -> None:
    """Search for rows that the model gets wrong more often than chance explains."""
    from evaluation.report import load_report
    from evaluation.weak_slices import find_weak_slices

    found = find_weak_slices(load_report(report), most_features=features)
    print_result(found.model_dump(mode="json"), json_)


@report_app.command("doubts")
def report_doubts(
    report: Annotated[Path, typer.Argument(help="A report of `evaluate`.")],
    most: Annotated[int, typer.Option(min=1, help="Rows shown, the surest first.")] = 20,
    json_: Json = False,
) -> None:
    """Scored rows whose gold label may be wrong: read these again."""
    from evaluation.doubts import doubted_rows
    from evaluation.report import load_report

    rows = doubted_rows(load_report(report), most)
    print_result({"rows": [row.model_dump(mode="json") for row in rows]}, json_)


@report_app.command("seeds")
def report_seeds(reports: Reports, json_: Json = False) -> None:
    """How much of the spread is the seeds', and how much the articles'."""
    from evaluation.report import load_report
    from evaluation.seed_variance import seed_variance
    from workflows.comparing import report_files

    found = seed_variance([load_report(path) for path in report_files(reports)])
    print_result(found.model_dump(mode="json"), json_)


@report_app.command("pareto")
def report_pareto(
    reports: Reports,
    price: Annotated[
        str, typer.Option(help="p50_ms, p99_ms, seconds_per_1000, artifact_mb or peak_memory_mb.")
    ] = "p50_ms",
    json_: Json = False,
) -> None:
    """Which models no other beats at both quality and price (`evaluate --cost`)."""
    from evaluation.pareto import PRICES, pareto_points
    from evaluation.report import load_report
    from workflows.comparing import report_files

    if price not in PRICES:
        raise BadInput(f"one of {', '.join(PRICES)}", repr(price), "set --price")
    points = pareto_points([load_report(path) for path in report_files(reports)], price)
    print_result({"points": [point.model_dump(mode="json") for point in points]}, json_)
