"""`/metrics` as Prometheus reads it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.line import Line

SPACE = "s"


def _samples(served: Any, **headers: str) -> dict[tuple[str, ...], float]:
    """Value by name and label values, in the order of the labels' names."""
    answer = served.get("/metrics", headers=headers)
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def _entity(served: Any, entity_id: Any, **options: Any) -> Any:
    body = {"space_name": SPACE, "entity": {"id": entity_id}}
    return served.post("/eustress/ingest/entity", body, **options)


def test_that_events_are_told_by_space_kind_and_result(served: Any) -> None:
    key = {"Idempotency-Key": "k"}
    for entity_id, options in (("a", {"headers": key}), ("a", {"headers": key}), ("b", {})):
        assert _entity(served, entity_id, **options).status == 200
    _entity(served, "b")
    assert _entity(served, " ").status == 400
    served.ingest("batch", {"space_name": "t", "entities": [{"id": "a"}, {"id": "b"}]})
    served.post("/eustress/ingest/entity/delete", {"space_name": SPACE, "entity_id": "z"})
    events = {key[1:]: value for key, value in _samples(served).items() if key[0][5:11] == "events"}
    assert events == {
        ("entity", "accepted", SPACE): 2,
        ("entity", "unchanged", SPACE): 1,
        ("entity", "repeated", ""): 1,
        ("entity", "refused", ""): 1,
        ("batch", "accepted", "t"): 2,
        ("entity/delete", "refused", SPACE): 1,
    }


def test_that_snapshots_commits_queues_and_sizes_are_told(served: Any) -> None:
    _entity(served, "a")
    served.ingest(f"snapshot/{SPACE}")
    served.ingest(f"snapshot/{SPACE}")
    told = _samples(served)
    assert told["lake_snapshots_total", "manual"] == 2
    assert told["lake_commit_seconds_count",] == 3
    assert told["lake_commit_seconds_bucket", "+Inf"] == 3
    assert 0 < told["lake_commit_seconds_sum",] < 30
    assert (told["lake_queue_depth",], told["lake_spool_depth",]) == (0, 0)
    assert told["lake_database_up",] == 1
    assert (told["lake_spool_refused",], told["lake_spool_held_spaces",]) == (0, 0)
    assert told["lake_database_size_bytes",] > 0
    assert (told["lake_spaces",], told["lake_stored_snapshots",]) == (1, 2)
    assert told["process_resident_memory_bytes",] > 0


def test_that_an_outage_shows_and_its_events_are_counted_once_they_are_stored(
    served_with: Any, database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "l"
    folder.mkdir()
    line = Line(folder, database_url)
    try:
        with served_with(database_url=line.url) as served:
            _entity(served, "a")
            line.cut()
            for entity_id in "bcd":
                assert _entity(served, entity_id).status == 200
            away = _samples(served)
            assert (away["lake_database_up",], away["lake_spool_depth",]) == (0, 3)
            assert away["lake_events_total", "entity", "accepted", SPACE] == 1
            assert ("lake_database_size_bytes",) not in away
            line.mend()
            end = time.monotonic() + 30
            while served.lake.health().spooled and time.monotonic() < end:
                time.sleep(0.05)
            back = _samples(served)
            assert back["lake_spool_depth",] == 0
            assert back["lake_events_total", "entity", "accepted", SPACE] == 4
    finally:
        line.close()


def test_that_requests_are_told_by_route_and_not_by_what_a_client_makes_up(served: Any) -> None:
    for number, odd in enumerate(("PROPFIND", "MKCOL", "LOCK")):
        served.get(f"/eustress/spaces/nowhere{number}/entities")
        served.get(f"/elsewhere/{number}")
        served.request(odd, "/healthz")
    told = {key[1:]: value for key, value in _samples(served).items() if "requests" in key[0]}
    assert told["GET", "/eustress/spaces/{space}/entities", "404"] == 3
    assert told["GET", "none", "404"] == 3
    assert told["other", "none", "405"] == 3
    assert len(told) == 3


def test_that_metrics_need_the_token_for_they_name_spaces(served_with: Any) -> None:
    with served_with(token="right") as served:
        assert served.get("/metrics").status == 401
        told = _samples(served, Authorization="Bearer right")
        assert told["lake_http_requests_total", "GET", "/metrics", "401"] == 1
