from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from aiohttp.test_utils import make_mocked_request

from lake_core.errors import InvalidInput
from server import parameters

EVENING = datetime(2025, 12, 30, 20, 15, tzinfo=UTC)
SNAPSHOT_ID = "550e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    "text",
    [
        "2025-12-30T20:15:00Z",
        "2025-12-30T20:15:00",
        "2025-12-30T20:15:00+00:00",
        "2025-12-30T20:15:00 00:00",
        "2025-12-30 20:15",
        "2025-12-30T22:15:00+02:00",
    ],
)
def test_that_times_are_read_with_utc_by_default(text: str) -> None:
    assert parameters.instant(text) == EVENING


def test_that_a_zone_is_kept() -> None:
    assert parameters.instant("2025-12-30T22:15:00 02:00").utcoffset() == timedelta(hours=2)
    assert parameters.instant("2025-12-30T22:15:00-02:00").tzinfo == timezone(-timedelta(hours=2))


def test_that_a_moment_is_an_id_a_number_or_a_time() -> None:
    assert parameters.moment(SNAPSHOT_ID) == UUID(SNAPSHOT_ID)
    assert parameters.moment("412") == 412
    assert parameters.moment("2025-12-30T20:15:00Z") == EVENING
    with pytest.raises(ValueError, match="sequence number"):
        parameters.moment("yesterday")


def test_that_flux_positions_are_a_set() -> None:
    assert parameters.flux_positions("3, 6,9,3") == {3, 6, 9}
    for bad in ("10", "3,,6", "a", "-3"):
        with pytest.raises(ValueError, match=r"flux|number"):
            parameters.flux_positions(bad)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "9" * 30, "²"])
def test_that_a_count_is_a_whole_number_from_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"whole number|1 or more"):
        parameters.count(text)


def test_that_an_error_names_its_parameter() -> None:
    request = make_mocked_request("GET", "/x?limit=none&view=brief&empty=")
    with pytest.raises(InvalidInput, match="limit: 'none'") as caught:
        parameters.optional(request, "limit", parameters.count)
    assert caught.value.errors[0].pointer == "?limit"
    with pytest.raises(InvalidInput, match="one of full, summary"):
        parameters.optional(request, "view", parameters.choice("full", "summary"))
    assert parameters.optional(request, "empty", parameters.count) is None
    assert parameters.optional(request, "missing", parameters.count) is None
