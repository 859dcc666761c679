from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request

from server.errors import Forbidden, Unauthorized
from server.guard import Guard

TOKEN = "s3cret-token"


def _check(guard: Guard, path: str = "/eustress/spaces", **headers: str) -> None:
    guard.check(make_mocked_request("GET", path, headers=headers))


@pytest.mark.parametrize(
    "host",
    ["localhost:7000", "LOCALHOST", "127.0.0.1:7000", "127.0.0.53", "[::1]:7000"],
)
def test_that_names_of_this_machine_pass(host: str) -> None:
    _check(Guard(None, "127.0.0.1"), Host=host)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7000", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "", "[x"],
)
def test_that_a_foreign_host_is_refused_on_loopback(host: str) -> None:
    with pytest.raises(Forbidden):
        _check(Guard(None, "127.0.0.1"), Host=host)


def test_that_any_host_name_passes_where_others_may_reach_the_server() -> None:
    _check(Guard(TOKEN, "0.0.0.0"), Host="lake.lan:7000", Authorization=f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://localhost:7000", "http://localhost:3000"]
)
def test_that_a_foreign_origin_is_refused(origin: str) -> None:
    with pytest.raises(Forbidden):
        _check(Guard(None, "127.0.0.1"), Host="localhost:7000", Origin=origin)


def test_that_the_servers_own_origin_passes() -> None:
    guard = Guard(None, "127.0.0.1")
    _check(guard, Host="localhost:7000", Origin="http://localhost:7000")


@pytest.mark.parametrize("value", [f"Bearer {TOKEN}", f"bearer  {TOKEN} "])
def test_that_the_token_passes(value: str) -> None:
    _check(Guard(TOKEN, "127.0.0.1"), Host="localhost", Authorization=value)


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"]
)
def test_that_a_wrong_token_is_refused(value: str) -> None:
    with pytest.raises(Unauthorized):
        _check(Guard(TOKEN, "127.0.0.1"), Host="localhost", Authorization=value)


def test_that_supervisors_need_no_token() -> None:
    _check(Guard(TOKEN, "127.0.0.1"), path="/healthz", Host="localhost")
    with pytest.raises(Unauthorized):
        _check(Guard(TOKEN, "127.0.0.1"), path="/version", Host="localhost")
