"""What an answer means for trying again: against a scripted server on a real socket."""

from __future__ import annotations

import socket
import threading

import pytest

from lake_core.client.wire import Refused, Unavailable, Wire, plain_words
from lake_core.errors import InvalidInput
from tests.unit.lake_core.client.scripted import OK, ScriptedServer, problem


def test_that_a_success_gives_its_answer(server: ScriptedServer) -> None:
    server.answers = [(200, {}, b'{"seq": 5}')]
    wire = Wire(server.url, "s3cret", 5.0)
    assert wire.post("/p", b"{}", "key") == b'{"seq": 5}'
    wire.close()
    _, headers, _ = server.requests[0]
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["Idempotency-Key"] == "key"


def test_that_a_refusal_says_why(server: ScriptedServer) -> None:
    server.answers = [problem(400, "/entity/id: blank")]
    wire = Wire(server.url, None, 5.0)
    with pytest.raises(Refused, match="/entity/id: blank"):
        wire.post("/p", b"{}", "key")
    wire.close()


def test_that_a_full_queue_says_when_to_try_again(server: ScriptedServer) -> None:
    server.answers = [(429, {"Retry-After": "3"}, b"{}")]
    wire = Wire(server.url, None, 5.0)
    with pytest.raises(Unavailable) as caught:
        wire.post("/p", b"{}", "key")
    wire.close()
    assert caught.value.wait == 3.0


def test_that_a_connection_the_server_closed_is_made_anew(server: ScriptedServer) -> None:
    server.answers = [OK, None, OK]
    wire = Wire(server.url, None, 5.0)
    wire.post("/p", b"1", "one")
    wire.post("/p", b"2", "two")
    wire.close()
    assert [body for _, _, body in server.requests] == [b"1", b"2", b"2"]


@pytest.mark.parametrize(
    "url",
    [
        *("", "ftp://lake", "http://", "http://lake:x"),
        *("http://a..b:7000", "http://.:1", ".local:80", f"http://{'x' * 64}:1"),
        *("127.0.0.1:1/ä", "127.0.0.1:1/a b", "http://exa mple", "http://exa\x7fmple"),
    ],
)
def test_that_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="is not the address of a lake"):
        Wire(url, None, 5.0)


def test_that_a_name_in_any_script_is_an_address() -> None:
    Wire("http://münchen.example:7000/behind/", None, 5.0).close()


@pytest.mark.parametrize("status", [400, 404, 405])
def test_that_a_refusal_that_is_not_the_lakes_is_no_refusal(
    server: ScriptedServer, status: int
) -> None:
    server.answers = [(status, {"Content-Type": "text/html"}, b"<h1>nothing here</h1>")]
    wire = Wire(server.url, None, 5.0)
    with pytest.raises(Unavailable, match="nothing here"):
        wire.post("/p", b"{}", "key")
    wire.close()


def test_that_a_request_under_way_can_be_interrupted(server: ScriptedServer) -> None:
    server.answers = [OK]
    wire = Wire(server.url, None, 30.0)
    wire.post("/p", b"{}", "key")  # the connection stands
    server.hold.clear()
    threading.Timer(0.1, wire.interrupt).start()
    with pytest.raises(Unavailable):
        wire.post("/p", b"{}", "key")
    server.hold.set()
    wire.close()


def test_that_why_no_answer_came_is_said_without_an_errno(server: ScriptedServer) -> None:
    def why(url: str, timeout: float = 5.0) -> str:
        wire = Wire(url, None, timeout)
        with pytest.raises(Unavailable) as caught:
            wire.post("/p", b"{}", "key")
        wire.close()
        return str(caught.value).removeprefix("the lake does not answer: ")

    assert why("127.0.0.1:1") == "the connection was refused"
    server.hold.clear()
    assert why(server.url, 0.1) == "it took too long"
    server.hold.set()
    unknown = socket.gaierror(-2, "Name or service not known")
    assert plain_words(unknown) == "no machine of that name is known here"
    assert plain_words(OSError(113, "No route to host")) == "No route to host"
