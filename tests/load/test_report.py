"""What the bench makes of its samples, and what it measures; it measures nothing here."""

import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chassis.testing.grpc import TestPeople
from tests.load import queued
from tests.load.__main__ import commands
from tests.load.catalogue import MEASUREMENTS
from tests.load.http2 import by_number, written_out
from tests.load.measurement import Figure, Measurement, Sample, Unavailable, per_second
from tests.load.report import BEGIN, END, NoMarkers, entry, put_into, read, table, write
from tests.load.site import Site

MEASURED = {
    "P-01",
    "P-02",
    "P-03",
    "P-04",
    "P-05",
    "P-06",
    "P-07",
    "P-08",
    "P-09",
    "P-10",
    "P-11",
    "P-11b",
    "P-12",
    "P-12b",
    "P-14",
    "P-14b",
    "P-15",
    "P-16",
    "P-17",
    "P-18",
    "P-19",
    "P-21",
    "P-22",
    "P-22b",
    "P-22c",
    "P-23",
    "P-24",
    "P-25",
}


def measurement(*, anchor=True, beside=(), figure=None, **changes):
    def nothing(_):
        raise AssertionError

    words = {"id": "P-01", "what": "an RPC / an echo", "goal": "0.60", "limit": "0.80", **changes}
    return Measurement(
        **words,
        ground=nothing,
        ours=nothing,
        anchor=nothing if anchor else None,
        beside=dict.fromkeys(beside, nothing),
        figure=figure or per_second("calls"),
    )


def samples(*rates, cpu=1.0, **more):
    return [Sample(operations=rate * 2, seconds=2.0, cpu=cpu, **more) for rate in rates]


def test_every_goal_of_the_suite_that_can_be_measured_here_is():
    """P-01: each measurement has an id of its own, and none of those that were asked for is missing."""
    ids = [one.id for one in MEASUREMENTS]

    assert len(ids) == len(set(ids))
    assert MEASURED == set(ids)
    assert sorted(ids) == ids


@pytest.mark.parametrize("one", MEASUREMENTS, ids=lambda one: one.id)
def test_a_measurement_says_what_it_compares_and_what_is_hoped_for(one):
    """P-01: a line of the table has words for both sides, a first goal and the limit that is aimed at."""
    assert re.search(r"\d", one.goal), "Give the first goal."
    assert re.search(r"\d", one.limit), "Give the limit that is aimed at."
    assert one.anchor is None or " / " in one.what, "Say what ours is compared with: `ours / anchor`."
    assert "|" not in one.what


def test_a_ratio_is_taken_within_a_round():
    """P-01: a machine that slows down for both sides alike does not change the ratio."""
    kept = entry(measurement(), {"ours": samples(800, 80, 400), "anchor": samples(1000, 100, 400)})

    assert (0.8, 0.8, 1.0) == (kept["value"], kept["min"], kept["max"])
    assert (400, 400) == (kept["ours"], kept["anchor"])
    assert ("ratio", "calls/s", 3) == (kept["unit"], kept["figure"], kept["rounds"])


def test_cpu_is_that_of_an_operation():
    """P-01: CPU seconds stand beside the rates, for one operation, and of what serves both sides apart from them."""
    ours, anchor = samples(100, cpu=1.0, beside={"postgres": 0.5}), samples(200, cpu=1.0, beside={"postgres": 0.2})

    kept = entry(measurement(), {"ours": ours, "anchor": anchor})

    assert {"ours": 0.005, "anchor": 0.0025} == kept["cpu"]
    assert {"ours": {"postgres": 0.0025}, "anchor": {"postgres": 0.0005}} == kept["beside"]
    assert 0.5 == kept["by_cpu"]


def test_what_has_no_anchor_is_told_by_name():
    """P-07: without an anchor the value is the rounds' median of each figure."""
    waits = Figure(of=lambda sample: 0.0, unit="ms", digits=1)
    ours = [
        Sample(operations=1, seconds=1, figures={"p50": p50, "p99": p99}) for p50, p99 in ((9, 90), (11, 70), (30, 80))
    ]

    kept = entry(measurement(id="P-07", anchor=False, figure=waits), {"ours": ours})

    assert {"p50": 11, "p99": 80} == kept["value"]
    assert ({"p50": 9, "p99": 70}, {"p50": 30, "p99": 90}) == (kept["min"], kept["max"])
    assert "ms" == kept["unit"]


def test_the_programs_beside_have_a_ratio_as_well():
    """P-16: ours is compared with each of the programs beside, and what else was found out of a side stands by it."""
    sides = {
        "ours": samples(600, 900, details={"tenfold": 3.0}),
        "anchor": samples(30, 30, details={"tenfold": 5.0}),
        "in bulk": samples(400, 300),
    }

    kept = entry(measurement(id="P-16", beside=["in bulk"]), sides)

    assert {"in bulk": 2.25} == kept["to"]
    assert {"ours": {"tenfold": 3.0}, "anchor": {"tenfold": 5.0}} == kept["details"]


def test_a_try_has_its_share_of_the_rows():
    """P-05: a measurement can be tried with few rows, but never with none."""
    site = Site(Path(), AsyncExitStack(), TestPeople(), {}, share=0.01)

    assert (100, 1) == (site.rows(10_000), site.rows(7))


def test_a_try_is_no_outcome():
    """P-05: what was found with few rows does not take the place of what was found with all of them."""
    refused = CliRunner().invoke(commands, ["run", "--only", "P-05", "--share", "0.1"])

    assert 2 == refused.exit_code
    assert "--out" in refused.output


def test_what_cannot_be_had_is_said(tmp_path, monkeypatch):
    """P-16: without the packages of an anchor a measurement is left out, and the bench says why."""
    monkeypatch.setattr(queued, "PACKAGES", tmp_path / "nowhere.txt")

    with pytest.raises(Unavailable, match=r"(?s)django-invitations cannot be had: .*nowhere\.txt"):
        queued.installed(tmp_path)


def test_the_table_has_a_line_for_each_measurement_that_was_made(tmp_path: Path):
    """P-01: the table is made from the file, also when only some of the measurements have run."""
    compared, told = (
        measurement(beside=["Django"]),
        measurement(
            id="P-07", what="a wait", anchor=False, figure=Figure(of=lambda _: 0.0, unit="ms", digits=1), goal="50 ms"
        ),
    )
    path = tmp_path / "bench/latest.json"
    sides = {"ours": samples(900), "anchor": samples(1200), "Django": samples(300)}
    write({"P-01": entry(compared, sides)}, path)
    write({"P-07": entry(told, {"ours": samples(1, figures={"p50": 20.0, "p99": 90.04})})}, path)

    *_, first, second = table([compared, told, measurement(id="P-09")], read(path)).splitlines()

    assert (
        "| P-01 | an RPC / an echo | **0.75** | 0.75 – 0.75 | 0.75 | 900 calls/s | 1,200; Django: 300 | 0.60 | 0.80 |"
        == first
    )
    assert (
        "| P-07 | a wait | **20.0, 90.0** ms (p50, p99) | 20.0, 90.0 – 20.0, 90.0 |  |  |  | 50 ms | 0.80 |" == second
    )


def test_the_table_takes_the_place_of_the_one_before():
    """P-01: only what stands between the two markers of the page is replaced."""
    page = f"# Portico\n\n{BEGIN}\nold\n{END}\n\nThe rest.\n"

    assert f"# Portico\n\n{BEGIN}\n| new |\n{END}\n\nThe rest.\n" == put_into(page, "| new |\n")
    with pytest.raises(NoMarkers):
        put_into("# Portico\n", "| new |\n")


def test_header_fields_are_written_once_and_then_named():
    """P-01: the load generator writes HPACK as RFC 7541 has it, so that a call costs it next to nothing."""
    fields = [(":method", "POST"), ("x", "y" * 200)]

    assert b"\x40\x07:method\x04POST" + b"\x40\x01x\x7f\x49" + b"y" * 200 == written_out(fields)
    assert b"\xbf\xbe" == by_number(fields)
    assert b"\xff\x00" == by_number([("a", "b")] * 66)[:2]
