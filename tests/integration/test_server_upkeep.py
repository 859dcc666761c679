"""Schedules and retention over HTTP; what went answers 410."""

from __future__ import annotations

from typing import Any

import pytest

from lake_core.errors import LakeError

SPACE = "/eustress/spaces/lab"
EVERYTHING = {"newest": 1, "triggers": ["manual", "threshold", "batch", "schedule"], "grace": 0.0}


@pytest.fixture
def ids(served: Any) -> list[str]:
    found = []
    for step in range(4):
        entity = {"id": "a", "position": [step, 0, 0]}
        served.ingest("entity", {"space_name": "lab", "entity": entity})
        found.append(served.ingest("snapshot/lab")["snapshot_id"])
    return found


def test_that_policies_are_set_read_and_cleared(served: Any, ids: list[str]) -> None:
    assert served.request("PUT", SPACE + "/schedule", {"every": 300}).status == 200
    assert served.request("PUT", "/eustress/policies/retention", {"newest": 5}).status == 200
    told = served.get("/eustress/policies").json()
    assert [(each["space_name"], each["schedule"]["every"]) for each in told["schedules"]] == [
        ("lab", 300.0)
    ]
    assert [(each["space_name"], each["retention"]["newest"]) for each in told["retentions"]] == [
        (None, 5)
    ]
    assert served.request("PUT", SPACE + "/retention", body=b"null", headers={
        "Content-Type": "application/json"}).status == 200  # fmt: skip
    assert served.get(SPACE + "/retention/plan").status == 400  # everything is kept
    for path in (SPACE + "/schedule", SPACE + "/retention", "/eustress/policies/retention"):
        assert served.request("DELETE", path).status == 200
    assert served.get("/eustress/policies").json() == {"schedules": [], "retentions": []}


@pytest.mark.parametrize(
    ("path", "policy", "pointer"),
    [
        ("/schedule", {"every": 0.1}, "/every"),
        ("/schedule", {"cron": "soon"}, "/cron"),
        ("/schedule", {"evry": 60}, ""),
        ("/retention", {"newest": 0}, "/newest"),
        ("/retention", {}, ""),  # what is kept has to be said
        (
            "/retention",
            {"newest": 1, "thin": [{"every": 60, "until": 30}, {"every": 60, "until": 30}]},
            "/thin",
        ),
    ],
)
def test_that_a_policy_that_cannot_be_kept_is_refused_with_its_field(
    served: Any, ids: list[str], path: str, policy: Any, pointer: str
) -> None:
    answer = served.request("PUT", SPACE + path, policy)
    assert answer.status == 400
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)


def test_that_what_retention_lets_go_answers_410_until_it_is_undone(
    served: Any, ids: list[str]
) -> None:
    served.request("PUT", SPACE + "/retention", {**EVERYTHING, "grace": 60.0})
    plan = served.get(SPACE + "/retention/plan").json()
    assert [each["because"] for each in plan["decisions"]] == ["", "", "", "newest"]
    cleared = served.post(SPACE + "/retention/apply").json()
    assert cleared["expired"] == ids[:3]
    gone = f"/eustress/snapshots/{ids[0]}"
    for answer in (
        served.get(gone),
        served.request("PATCH", gone, {"pinned": True}),
        served.request("DELETE", gone),
        served.get(f"{SPACE}/entities?at={ids[0]}"),
        served.get(f"{SPACE}/diff?from={ids[0]}&to={ids[3]}"),
        served.post("/eustress/epochs", {"snapshot_ids": [ids[0]]}),
    ):
        assert answer.status == 410, answer.body
    assert served.post(SPACE + "/retention/undo").json() == {"snapshot_ids": ids[:3]}
    assert served.get(gone).status == 200
    assert served.get("/eustress/spaces/nowhere/retention/plan").status == 404


def test_that_how_upkeep_goes_is_told_and_a_failure_dismissed(served: Any, ids: list[str]) -> None:
    assert served.get("/eustress/upkeep").json()["worries"] == []
    served.lake.upkeep_failed("lab", "archive", LakeError("no such bucket"))
    told = served.get("/eustress/upkeep").json()
    assert told["worries"] == ["space 'lab': archive failed: no such bucket"]
    assert told["concerns"][0]["failed"]
    for said in ("Dismissed", "There was none"):
        answer = served.request("DELETE", SPACE + "/archive/failure")
        assert (answer.status, answer.json()["message"]) == (200, said)
    assert served.get("/eustress/upkeep").json()["worries"] == []
    assert served.request("DELETE", SPACE + "/snapshot/failure").status == 404
    assert served.request("DELETE", "/eustress/spaces/nowhere/archive/failure").status == 404
