"""Lists in pages: following the links through any list tells all of it, once and in order."""

from __future__ import annotations

import re
from typing import Any

import pytest

SPACE = "räume/1"
QUOTED = "r%C3%A4ume%2F1"


def _next(answer: Any) -> str | None:
    link = answer.headers["Link"]
    if link is None:
        return None
    found = re.fullmatch(r'<(.+)>; rel="next"', link)
    assert found is not None, link
    return found[1]


def _walk(served: Any, path: str | None) -> list[list[Any]]:
    """Every page from `path` on."""
    pages = []
    while path is not None:
        answer = served.get(path)
        assert answer.status == 200, answer.body
        pages.append(answer.json())
        path = _next(answer)
    return pages


@pytest.fixture
def filled(served: Any) -> Any:
    """Five entities, one of them changed five times; five snapshots, five epochs; three spaces."""
    for number in range(5):
        for entity_id in (f"e {number}", "moved?&"):
            entity = {"id": entity_id, "position": [number, 0, 0]}
            served.ingest("entity", {"space_name": SPACE, "entity": entity})
        snapshot_id = served.ingest(f"snapshot/{QUOTED}")["snapshot_id"]
        served.post("/eustress/epochs", {"snapshot_ids": [snapshot_id]})
    for name in ("a", "z&"):
        served.ingest("entity", {"space_name": name, "entity": {"id": "x"}})
    return served


LISTS = {
    f"/eustress/ingest/snapshots/{QUOTED}": 5,
    f"/eustress/ingest/snapshots/{QUOTED}?view=summary": 5,
    f"/eustress/spaces/{QUOTED}/entities": 6,
    f"/eustress/spaces/{QUOTED}/entities?at=5": 4,
    f"/eustress/spaces/{QUOTED}/entities?flux=0,3,9": 2,
    f"/eustress/spaces/{QUOTED}/entities/moved%3F%26/history": 5,
    "/eustress/entities": 8,
    "/eustress/entities?q=x": 2,
    "/eustress/epochs": 5,
    "/eustress/spaces": 3,
}
"""How long each list is."""


def test_that_the_pages_of_each_list_together_are_the_list(filled: Any) -> None:
    for path, count in LISTS.items():
        whole = filled.get(path)
        assert whole.headers["Link"] is None
        assert len(whole.json()) == count, path
        for limit in (1, 2, count, 100):
            pages = _walk(filled, f"{path}{'&' if '?' in path else '?'}limit={limit}")
            assert [item for page in pages for item in page] == whole.json(), path
            assert all(len(page) == limit for page in pages[:-1]), path
            assert 0 < len(pages[-1]) <= limit, path


def test_that_the_pages_of_entities_are_of_one_instant(filled: Any) -> None:
    path = f"/eustress/spaces/{QUOTED}/entities"
    whole = filled.get(path).json()
    first = filled.get(f"{path}?limit=2")
    filled.ingest("entity/delete", {"space_name": SPACE, "entity_id": first.json()[1]["id"]})
    filled.ingest("entity", {"space_name": SPACE, "entity": {"id": "late"}})
    assert [item for page in _walk(filled, _next(first)) for item in page] == whole[2:]


def test_that_a_list_of_snapshots_goes_on_after_one_that_was_deleted(filled: Any) -> None:
    path = f"/eustress/ingest/snapshots/{QUOTED}?view=summary"
    ids = [item["id"] for item in filled.get(path).json()]
    filled.request("DELETE", f"/eustress/snapshots/{ids[1]}")
    rest = filled.get(f"{path}&after={ids[1]}").json()
    assert [item["id"] for item in rest] == ids[2:]


NOT_THERE = {
    f"/eustress/ingest/snapshots/{QUOTED}?after=550e8400-e29b-41d4-a716-446655440000": 404,
    f"/eustress/spaces/{QUOTED}/entities?after=gone": 404,
    "/eustress/entities?after_space=gone&after=x": 404,
    "/eustress/entities?after=x": 400,
    "/eustress/epochs?after=550e8400-e29b-41d4-a716-446655440000": 404,
    "/eustress/spaces?after=gone": 404,
    "/eustress/epochs?limit=0": 400,
    "/eustress/epochs?limit=100001": 400,
    "/eustress/epochs?after=seven": 400,
}


def test_that_a_place_that_is_not_there_ends_no_list_unseen(filled: Any) -> None:
    for path, status in NOT_THERE.items():
        assert filled.get(path).status == status, path
