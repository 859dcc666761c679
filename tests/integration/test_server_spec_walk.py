"""The specification's document walked through as it lies there: its requests sent, its answers held
against what comes back, time and ids aside.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

_HEADING = re.compile(r"^### \d+\. (.+)$", re.MULTILINE)
_REQUEST = re.compile(r"```http\n(\w+) (\S+)\n(.*?)```", re.DOTALL)
_ANSWER = re.compile(r"\*\*Response\*\*:\n```json\n(.*?)```", re.DOTALL)
_SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SUMS = ("total_", "storage_")
"""Figures that depend on all that was sent before; the rest is as printed."""


class Step(NamedTuple):
    """A request of the document, and the answer printed below it, if one is."""

    name: str
    method: str
    path: str
    body: Any
    answer: Any


@pytest.fixture(scope="module")
def document(shared_data: Path) -> str:
    file = shared_data.parent / "spec.md"
    if not file.exists():
        pytest.skip(f"the specification is not at {file}")
    return file.read_text(encoding="utf-8")


def _steps(document: str) -> list[Step]:
    endpoints = document.partition("## API Endpoints")[2].partition("\n## ")[0]
    parts = _HEADING.split(endpoints)[1:]
    return [_step(name, text) for name, text in zip(parts[::2], parts[1::2], strict=True)]


def _step(name: str, text: str) -> Step:
    request = _REQUEST.search(text)
    assert request is not None, name
    method, path, rest = request.groups()
    body = rest.partition("\n\n")[2].replace("[...]", "[]").strip()
    answer = _ANSWER.search(text)
    return Step(
        name,
        method,
        path,
        json.loads(body) if body else None,
        json.loads(answer[1]) if answer else None,
    )


def _assert_as_printed(printed: Any, told: Any, name: str = "") -> None:
    """The same fields with the same values, but for ids, times and sums; more may be told."""
    if isinstance(printed, dict):
        assert set(printed) <= set(told), name
        for field, value in printed.items():
            _assert_as_printed(value, told[field], field)
    elif isinstance(printed, str) and _ID.fullmatch(printed):
        assert _ID.fullmatch(told), name
    elif name.startswith(_SUMS) or name == "last_snapshot":
        assert type(told) is type(printed), name
    else:
        assert told == printed, name


def test_that_the_document_is_answered_request_by_request(
    served: Any, document: str, database_url: str
) -> None:
    steps = _steps(document)
    assert [step.name for step in steps] == [
        "Ingest Entity",
        "Ingest Connection",
        "Ingest Parameter Update",
        "Batch Ingest",
        "Create Snapshot",
        "Get Snapshots",
        "Get Lake Statistics",
    ]
    told = {}
    for step in steps:
        answer = served.request(step.method, step.path, step.body)
        assert answer.status == 200, (step.name, answer.body)
        told[step.name] = answer.json()
        if step.answer is not None:
            _assert_as_printed(step.answer, told[step.name])
    [snapshot] = told["Get Snapshots"]
    assert snapshot["id"] == told["Create Snapshot"]["snapshot_id"]
    [photon] = snapshot["entities"]
    # As it was sent in the first step, with the parameter of the third.
    sent, changed = steps[0].body["entity"], steps[2].body
    sent["parameters"][changed["parameter_name"]] = changed["value"]
    assert photon == sent
    assert snapshot["connections"] == [steps[1].body["connection"]]
    statistics = told["Get Lake Statistics"]
    assert (statistics["total_snapshots"], statistics["total_spaces"]) == (1, 1)
    _run_queries(database_url, document, snapshot["id"])


def _run_queries(database_url: str, document: str, snapshot_id: str) -> None:
    """Every SELECT of the document, with values where it has $1, $2, $3."""
    queries = [text for text in _SQL.findall(document) if "CREATE TABLE" not in text]
    selects = [one for text in queries for one in text.split(";") if "SELECT" in one]
    assert len(selects) == 5
    values = {
        "$1": "'quantum_mechanics'",
        "$2": f"'{snapshot_id}'",
        "BETWEEN $2 AND $3": "BETWEEN now() - interval '1 day' AND now()",
    }
    with psycopg.connect(database_url) as connection:
        for select in selects:
            for name in sorted(values, key=len, reverse=True):
                select = select.replace(name, values[name])
            rows = connection.execute(select.encode()).fetchall()
            # The photon lies at 6 and is a root; nothing lies below a root of this scene.
            assert len(rows) == (0 if "parent_id" in select or "depth = 2" in select else 1), select
