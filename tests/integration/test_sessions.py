"""Sessions of operations in the lake: stored once, in order, whatever happens in between."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import psycopg
import pytest

from lake_core.errors import Conflict, DatabaseUnavailable, InvalidInput, KeyReused, NotFound
from lake_core.lake import Lake
from lake_core.scene.operations import Part, PartResult, Standing, digest_after
from lake_core.settings import Settings
from tests.integration.line import Line
from tests.integration.outages import is_back, rows, steps, wait_for


def op(kind: str, space_name: str = "s", **fields: Any) -> bytes:
    return msgspec.json.encode({"op": kind, "space_name": space_name, **fields})


def move(step: int, space_name: str = "s", **fields: Any) -> bytes:
    entity = {"id": "a", "position": [step, 0, 0]}
    return op("entity", space_name, entity=entity, **fields)


def send(lake: Lake, first: int, *lines: bytes, session: str = "x", **more: Any) -> PartResult:
    part = Part(session=session, first=first, after=first - 1, **more)
    return lake.ingest_part(part, lines).result(20)


def test_that_operations_go_to_their_spaces_with_the_senders_times(
    lake: Lake, database_url: str
) -> None:
    result = send(
        lake,
        1,
        move(0, "s", t=0.5),
        move(0, "other"),
        move(0, "s", t=0.75),  # a repeat
        move(1, "s", t=1),
        move(2, "s", t=1),
        op("parameter", "other", entity_id="a", parameter_name="x", value=1, t=-2.25),
    )
    assert (result.accepted, result.unchanged, result.refused) == (5, 1, [])
    with psycopg.connect(database_url) as connection:
        told = connection.execute(
            "SELECT space_name, seq, client_time,"
            " count(*) OVER (PARTITION BY recorded_at, space_id)"
            " FROM lake_changes JOIN lake_spaces USING (space_id) ORDER BY space_id, seq"
        ).fetchall()
    assert told == [
        ("s", 1, 0.5, 3), ("s", 2, 1.0, 3), ("s", 3, 1.0, 3),
        ("other", 1, None, 2), ("other", 2, -2.25, 2),
    ]  # fmt: skip
    assert [space.changes for space in lake.spaces()] == [2, 3]


def test_that_one_refused_operation_leaves_the_others(lake: Lake) -> None:
    result = send(
        lake,
        1,
        move(0),
        b"{bad",
        op("delete_entity", entity_id="ghost"),
        op("parameter", "nowhere", entity_id="a", parameter_name="x", value=1),
        b"",
        move(1),
    )
    refused = [(one.number, type(one.error())) for one in result.refused]
    assert refused == [(2, InvalidInput), (3, NotFound), (4, NotFound)]
    assert (result.accepted, result.standing.position, result.seq) == (2, 6, 2)
    events = {tuple(event): count for event, count in lake.counters.events().items()}
    assert events == {
        ("s", "entity", "accepted"): 2,
        ("", "operations", "refused"): 1,
        ("s", "entity/delete", "refused"): 1,
        ("nowhere", "parameter", "refused"): 1,
    }


def test_that_a_strict_part_ends_where_one_is_refused(lake: Lake, database_url: str) -> None:
    lines = [move(0), move(1), b"{bad", move(2)]
    digest = digest_after("", lines)
    result = send(lake, 1, *lines, strict=True, digest=digest, ends=True)
    assert [one.number for one in result.refused] == [3]
    assert (result.accepted, result.standing.position, result.standing.ended) == (2, 2, False)
    assert result.standing.digest == digest_after("", lines[:2])
    assert rows(database_url) == steps(2)
    with pytest.raises(Conflict, match="operation 3 is next"):
        send(lake, 5, move(9), strict=True)
    assert rows(database_url) == steps(2)


def test_that_what_is_sent_again_is_not_stored_again(settings: Settings, database_url: str) -> None:
    lake = Lake.open(settings)
    send(lake, 1, move(0), move(1))
    again = send(lake, 1, move(0), move(1), move(2))
    assert (again.accepted, again.standing.accepted, again.standing.position) == (1, 3, 3)
    lake.close()
    lake = Lake.open(settings)
    assert lake.session("x").result(20) == Standing(position=3, accepted=3, seq=3)
    assert send(lake, 2, move(1), move(2), move(3)).accepted == 1
    with pytest.raises(Conflict):
        send(lake, 6, move(9))
    assert lake.session("never seen").result(20) == Standing()
    assert rows(database_url) == steps(4)
    lake.close()


def test_that_another_stream_under_the_same_name_is_refused(lake: Lake) -> None:
    first = [move(0), move(1)]
    digest = digest_after("", first)
    send(lake, 1, *first, strict=True, digest=digest)
    with pytest.raises(KeyReused):
        send(lake, 3, move(2), strict=True, before=digest_after("", [move(5)]), digest="00")
    with pytest.raises(Conflict):
        send(lake, 2, move(1), move(2), strict=True)
    more = digest_after(digest, [move(2)])
    assert send(lake, 3, move(2), strict=True, before=digest, digest=more, ends=True).accepted == 1
    with pytest.raises(KeyReused, match="ended"):
        send(lake, 4, move(3), strict=True, before=more, digest="00")


def test_that_operations_of_an_outage_arrive_once_and_the_session_goes_on(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    send(lake, 1, move(0, t=1))
    line.cut()
    assert send(lake, 2, move(1, t=2), b"{bad").standing.position == 3
    again = send(lake, 3, b"{bad", move(2, t=3))
    assert (again.accepted, again.refused, again.standing.position) == (1, [], 4)
    assert send(lake, 4, move(2, t=3)).accepted == 0
    assert lake.health().spooled == 2
    lake.close()
    lake = Lake.open(reached)
    assert lake.session("x").result(20).position == 4
    with pytest.raises(DatabaseUnavailable):
        lake.session("of before").result(20)
    unchecked = send(lake, 5, move(3, t=4))
    assert "PostgreSQL is away" in unchecked.warnings[0]
    assert lake.session("x").result(20).position == 5
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(4)
    assert lake.session("x").result(20) == Standing(position=5, accepted=4, seq=4)
    with psycopg.connect(database_url) as connection:
        times = connection.execute("SELECT client_time FROM lake_changes ORDER BY seq").fetchall()
    assert [time for (time,) in times] == [1, 2, 3, 4]
    lake.close()


def test_that_a_part_whose_commit_went_unheard_is_stored_once(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    send(lake, 1, move(0))
    line.cut_after_next_rows.set()
    assert send(lake, 2, move(1), move(2)).standing.position == 3
    assert not is_back(lake)
    send(lake, 4, move(3))
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(4)
    assert lake.session("x").result(20).position == 4
    lake.close()


def test_that_operations_taken_unchecked_are_set_aside_where_they_cannot_be_applied(
    reached: Settings, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.cut()
    lake = Lake.open(reached)
    lake.session("x", is_new=True).result(20)
    lost = op("parameter", entity_id="ghost", parameter_name="x", value=1)
    result = send(lake, 1, move(0), lost, b"{bad")
    assert (result.accepted, [one.number for one in result.refused]) == (2, [3])
    line.mend()
    wait_for(lambda: is_back(lake))
    assert "operation 2: no entity 'ghost'" in caplog.text
    assert "operation 3" not in caplog.text
    assert lake.spaces()[0].entities == 1
    lake.close()


def test_that_sessions_no_one_uses_are_forgotten(settings: Settings, database_url: str) -> None:
    lake = Lake.open(settings)
    send(lake, 1, move(0))
    lake.close()
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE lake_sessions SET touched_at = now() - interval '3 days'")
    lake = Lake.open(settings)
    send(lake, 1, move(1), session="another")  # it is after some work that the lake cleans
    assert lake.session("x").result(20) == Standing()
    assert lake.session("another").result(20).position == 1
    lake.close()


def test_that_a_session_goes_on_over_spaces_that_memory_has_and_has_not(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    send(lake, 1, move(0))
    line.cut()
    raised = op("parameter", entity_id="b", parameter_name="x", value=1)
    assert send(lake, 2, move(1)).standing.position == 2  # memory has its space
    new = op("entity", "new", entity={"id": "n"})
    both = send(lake, 3, op("entity", entity={"id": "b"}), new)
    assert (both.accepted, len(both.warnings), both.standing.position) == (2, 1, 4)
    # Memory knows nothing of b, which is not to be held against what comes now.
    assert send(lake, 5, raised, move(2)).refused == []
    assert send(lake, 4, new, raised, move(2)).accepted == 0
    assert lake.health().spooled == 3
    with pytest.raises(Conflict):
        send(lake, 8, move(9))
    line.mend()
    wait_for(lambda: is_back(lake))
    assert send(lake, 7, move(3)).standing == Standing(position=7, accepted=7, seq=6)
    assert [(space.space_name, space.changes) for space in lake.spaces()] == [("new", 1), ("s", 6)]
    lake.close()


def test_that_what_is_sent_while_the_spool_is_delivered_goes_behind_it(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    send(lake, 1, move(0))
    line.cut()
    count = 1500
    for step in range(1, count):
        send(lake, step + 1, move(step))
    line.mend()
    step = count
    while not is_back(lake) or step < count + 20:
        assert lake.session("x").result(20).position == step
        assert send(lake, step + 1, move(step)).standing.position == step + 1
        assert send(lake, step, move(step - 1), move(step)).accepted == 0
        step += 1
    assert rows(database_url) == steps(step)
    assert lake.session("x").result(20) == Standing(position=step, accepted=step, seq=step)
    lake.close()


def test_that_a_session_stands_where_it_came_to_after_an_outage_when_the_next_begins(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    send(lake, 1, move(0))
    line.cut()
    send(lake, 2, move(1))
    line.mend()
    wait_for(lambda: is_back(lake))
    send(lake, 3, move(2))
    send(lake, 1, move(0, "t"), session="y")
    line.cut()
    assert not lake.database_answers()
    wait_for(lambda: not is_back(lake))
    send(lake, 2, move(1, "t"), session="y")  # something rests, but nothing of the first session
    assert lake.session("x").result(20).position == 3
    assert send(lake, 4, move(3)).standing.position == 4
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == [*steps(4), *steps(2)]
    lake.close()


def test_that_a_stream_and_another_request_cannot_have_one_key(lake: Lake) -> None:
    body = move(0)
    lake.ingest("entity", body, idempotency_key="taken").result(20)
    with pytest.raises(KeyReused):
        send(lake, 1, move(1), strict=True, key="taken")
    send(lake, 1, move(2), strict=True, key="k")
    with pytest.raises(KeyReused):
        lake.ingest("entity", body, idempotency_key="k").result(20)
    assert send(lake, 2, move(3), strict=True, key="k").accepted == 1


@pytest.mark.parametrize("seed", range(4))
def test_that_whatever_happens_each_operation_is_stored_once_and_in_order(
    reached: Settings, line: Line, database_url: str, seed: int
) -> None:
    chance = random.Random(seed)
    lake = Lake.open(reached)
    sent = 0
    for _ in range(60):
        match chance.choices(["send", "cut", "mend", "unheard", "reopen"], [12, 2, 2, 1, 1])[0]:
            case "cut":
                line.cut()
            case "mend":
                line.mend()
            case "unheard":
                line.cut_after_next_rows.set()
            case "reopen":
                lake.close()
                lake = Lake.open(reached)
            case "send":
                sent = _send_more(lake, sent, chance)
    line.cut_after_next_rows.clear()
    line.mend()
    wait_for(lambda: is_back(lake))
    sent = _send_more(lake, sent, chance)
    assert lake.session("x").result(20).position == sent
    assert rows(database_url) == steps(sent)
    lake.close()


def _send_more(lake: Lake, sent: int, chance: random.Random) -> int:
    """Send on from where the lake says the session stands, some of it again; where it is then."""
    try:
        assert lake.session("x").result(20).position == sent
    except DatabaseUnavailable:
        return sent  # no one can tell now: a client would wait
    first = max(sent + 1 - chance.randrange(4), 1)
    last = sent + chance.randrange(1, 6)
    result = send(lake, first, *(move(n - 1) for n in range(first, last + 1)))
    assert result.refused == []
    assert (result.accepted, result.standing.position) == (last - sent, last)
    return last


def test_that_an_outage_in_the_midst_of_a_large_part_is_not_felt(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    send(lake, 1, move(0))
    lake.session("x").result(20)  # the lake is done with that, and at rest
    line.cut()
    large = [
        op("entity", entity={"id": "a", "position": [n, 0, 0], "tags": [str(n) * 2000]}, t=n)
        for n in range(1, 401)
    ]
    assert send(lake, 2, *large).standing.position == 401
    assert lake.health().spooled == 1
    line.mend()
    wait_for(lambda: is_back(lake))
    assert rows(database_url) == steps(401)
    lake.close()
