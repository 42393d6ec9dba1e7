"""The gate's verdict as JUnit XML: one test case a check."""

from xml.etree.ElementTree import Element, SubElement, tostring

from data.pages import visible
from evaluation.gate.checks import Check
from evaluation.gate.decision import Verdict


def render_junit(verdict: Verdict) -> str:
    """Failures and their reasons; macro-F1 without enough data is an error, as it is not green."""
    cases = [(check, _result(check, place)) for place, check in enumerate(verdict.checks)]
    results = [result for _, result in cases]
    suite = Element(
        "testsuite",
        name=visible(f"gate {verdict.task}"),
        tests=str(len(cases)),
        failures=str(results.count("failure")),
        errors=str(results.count("error")),
        skipped=str(results.count("skipped")),
    )
    against = visible(f"{verdict.candidate} against {verdict.accepted}")
    for check, result in cases:
        case = SubElement(suite, "testcase", classname=against, name=visible(check.name))
        if result:
            SubElement(case, result, message=visible(check.reason), type=check.outcome)
        else:
            SubElement(case, "system-out").text = visible(check.reason)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


def _result(check: Check, place: int) -> str:
    """The element that tells it; none for a pass."""
    if check.outcome == "pass":
        return ""
    if check.outcome == "fail":
        return "failure"
    return "error" if place == 0 else "skipped"
