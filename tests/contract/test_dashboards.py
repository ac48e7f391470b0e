"""The dashboard and the alerts speak of metrics that exist, and an alert says what to do."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DASHBOARDS = ROOT / "deploy/dashboards"
ALERTS = [
    rule
    for group in yaml.safe_load((DASHBOARDS / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = json.loads((DASHBOARDS / "portico.json").read_text(encoding="utf-8"))["panels"]
EXPRESSIONS = [rule["expr"] for rule in ALERTS] + [target["expr"] for panel in PANELS for target in panel["targets"]]
NO_METRIC = re.compile(r"\{[^}]*\}|\[[^]]*\]|(\w+ )?\b(by|on) \([^)]*\)|\b(unless|and|or)\b|\w+ ?(?=\()")
SUFFIXES = {
    "create_counter": ["_total"],
    "create_up_down_counter": [""],
    "create_gauge": [""],
    "create_histogram": ["_bucket", "_count", "_sum"],
}
UNITS = {"": "", "s": "_seconds"}


def made() -> Iterator[str]:
    """Every metric of the services, named as Prometheus names it."""
    for path in (*(ROOT / "services").glob("*/src/**/*.py"), *(ROOT / "gateway/src").glob("**/*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if ast.unparse(call.func.value) != "telemetry.METER":
                continue
            name = ast.literal_eval(call.args[0])
            unit = next((ast.literal_eval(word.value) for word in call.keywords if word.arg == "unit"), "")
            for suffix in SUFFIXES[call.func.attr]:
                # Braces are words for people, no unit.
                yield name.replace(".", "_") + UNITS[re.sub(r"\{.*\}", "", unit)] + suffix


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_looked_at_is_measured(expression: str) -> None:
    """OP-04: every metric of the dashboard and the alerts is one that the code makes."""
    metrics = set(re.findall(r"[a-z]\w+", NO_METRIC.sub(" ", expression)))

    assert metrics
    assert set() == metrics - set(made()), "Name it as the code does, in Prometheus' spelling."


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    """OP-04: each alert has a summary and a sentence for whoever is woken by it."""
    for annotation in ("summary", "runbook"):
        assert rule["annotations"][annotation].endswith("."), f"Write its {annotation}."
