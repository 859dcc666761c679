"""The scripts that people paste into an engine: what they send is what the lake takes.

The Luau script keeps to what Lua 5.1 has too, and runs here under it, with the engine's own call
as the engine has it. There is no interpreter of Rune to be had: what its comments show is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import resources
from typing import Any, NamedTuple

import pytest

Served = Any  # the server fixture's class lives in conftest.py, which is not imported

SCRIPTS = ("eustress_lake.luau", "eustress_lake.rn")


def _source(name: str) -> str:
    return (resources.files("resources") / "engine" / name).read_text("utf-8")


class Vector3(NamedTuple):
    """A position as the engine gives it to a script: an object with three fields."""

    X: float
    Y: float
    Z: float


class Game:
    """The engine's side of a Luau script: `PostAsync` blocks, and fails on any status >= 400."""

    def __init__(self, served: Served) -> None:
        lua51 = pytest.importorskip("lupa.lua51", reason="there is no Lua interpreter (lupa)")
        self.served: Served | None = served
        self.warnings: list[str] = []
        self.posts: list[str] = []
        self.lose_answers = 0
        self._lua = lua51.LuaRuntime(unpack_returned_tuples=True)
        self._lua.globals().warn = self.warnings.append
        self._lua.globals().post = self._post
        self._lua.execute(
            "game = { GetService = function(self, name) return"
            " { PostAsync = function(self, url, body) return post(url, body) end } end }"
        )
        self.lake = self._lua.execute(_source("eustress_lake.luau"))

    def table(self, value: Any) -> Any:
        """A Python value as Lua's."""
        return self._lua.table_from(value, recursive=True)

    def _post(self, url: str, body: str) -> str | None:
        path = url.removeprefix("http://127.0.0.1:7000")
        self.posts.append(path)
        if self.served is None:
            return None
        answer = self.served.post(path, body=body, headers={"Content-Type": "application/json"})
        if self.lose_answers:
            self.lose_answers -= 1
            return None
        return answer.body.decode() if answer.status < 400 else None


@pytest.fixture
def game(served: Served) -> Game:
    return Game(served)


def _entities(served: Served) -> dict[str, dict[str, Any]]:
    answer = served.get("/eustress/spaces/my_space/entities")
    return {entity["id"]: entity for entity in answer.json()}


def _changes(served: Served) -> int:
    [space] = served.lake.spaces()
    return int(space.changes)


def test_that_what_luau_says_is_in_the_lake(game: Game, served: Served) -> None:
    lake = game.lake
    lake.spawn(game.table({"id": "house", "tags": [], "name": 'A "house"\n', "parameters": {}}))
    lake.spawn(game.table({"id": 7, "position": [1, 2, 3], "parameters": {"lit": True}}))
    lake.connect("house", 7)
    lake.connect("house", 7, "power", 0.5)
    lake.update(game.table({"id": 7, "position": Vector3(1, 2, 4.25)}))
    lake.parameter(7, "watts", 40)
    assert lake.flush()
    lake.disconnect("house", 7, "power")
    lake.delete("house")
    lake.spawn(game.table({"id": "house", "name": "again"}))
    assert lake.flush()
    found = _entities(served)
    assert found["house"]["name"] == "again"
    assert found["7"]["position"] == [1, 2, 4.25]
    assert found["7"]["parameters"] == {"lit": True, "watts": 40}
    assert game.posts[0] == "/eustress/ingest/batch"
    assert len(game.posts) == 4
    assert served.lake.spaces()[0].connections == 0
    assert game.warnings == []


def test_that_luau_sends_every_few_frames_and_saves_whole_scenes(
    game: Game, served: Served
) -> None:
    for x in range(6):
        game.lake.update(game.table({"id": "a", "position": [x, 0, 0]}))
        game.lake.frame()
    assert len(game.posts) == 2
    game.lake.save_scene(game.table([{"id": "b"}, {"id": "c"}]), game.table([]))
    assert game.lake.flush()
    assert set(_entities(served)) == {"b", "c"}


def test_that_luau_keeps_what_was_not_taken_and_doubles_nothing(game: Game, served: Served) -> None:
    game.served = None
    for x in range(3):
        game.lake.update(game.table({"id": "a", "position": [x, 0, 0]}))
        assert not game.lake.flush()
    assert game.lake.waiting() == 2  # what may have arrived is kept as it is; the rest is one
    asked = len(game.posts)
    for _ in range(60):
        game.lake.frame()
    assert len(game.posts) - asked < 8  # it is asked ever less often
    game.served, game.lose_answers = served, 2  # stored, but the script does not hear of it
    assert not game.lake.flush()
    assert game.lake.flush()
    assert (game.lake.waiting(), _changes(served)) == (0, 2)
    assert _entities(served)["a"]["position"] == [2, 0, 0]


def test_that_luau_leaves_out_what_can_never_be_stored_and_nothing_else(
    game: Game, served: Served
) -> None:
    for number in range(7):
        game.lake.spawn(game.table({"id": f"e{number}"}))
    game.lake.spawn(game.table({"id": "nan", "position": [float("nan"), 0, 0]}))
    game.lake.parameter("nobody", "x", 1)
    game.lake.disconnect("e1", "e2", "power")
    assert game.lake.flush()
    assert set(_entities(served)) == {f"e{number}" for number in range(7)}
    assert [text.count("cannot be stored") for text in game.warnings] == [1, 1, 1]
    assert game.lake.waiting() == 0


def test_that_luau_drops_nothing_while_the_lake_can_take_nothing(
    served_with: Callable[..., AbstractContextManager[Served]],
) -> None:
    with served_with(token="secret") as guarded:  # every post is refused, whatever is in it
        game = Game(guarded)
        game.lake.spawn(game.table({"id": "kept"}))
        for _ in range(10):
            assert not game.lake.flush()
        assert (game.lake.waiting(), game.warnings) == (1, [])


@pytest.mark.parametrize("name", SCRIPTS)
def test_that_the_requests_shown_in_a_script_are_taken(served: Served, name: str) -> None:
    served.ingest(
        "batch",
        {
            "space_name": "my_space",
            "entities": [{"id": "lamp"}, {"id": "a"}, {"id": "b"}],
            "connections": [{"source_id": "a", "target_id": "b", "connection_type": "power"}],
        },
    )
    comments = " ".join(re.findall(r"^\s*(?:--|//)(.*)$", _source(name), re.MULTILINE))
    shown = list(re.finditer(r"POST /eustress/ingest/(\S+)\s+(?=\{)", comments))
    assert len(shown) >= 2
    for request in shown:
        body, _ = json.JSONDecoder().raw_decode(comments, request.end())
        served.ingest(request[1], body)


def test_that_the_rune_script_calls_only_what_there_is() -> None:
    """No interpreter to be had, so at least this: no name is misspelt."""
    code = re.sub(r"//.*", "", _source("eustress_lake.rn"))
    defined = set(re.findall(r"\bfn (\w+)\(", code))
    [used] = re.findall(r"use eustress::\{(.*?)\};", code)
    engine = {"http_json_encode", "http_post_async", "log_warn"}
    assert set(used.replace(" ", "").split(",")) == engine
    called = set(re.findall(r"(?<![.\w])([a-z_]+)\(", code))
    assert called - {"fn", "in"} <= defined | engine
    assert code.count("`") % 2 == 0
    assert code.count("{") == code.count("}")
