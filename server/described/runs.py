"""When servers held the lake."""

from __future__ import annotations

from typing import Final

from lake_core.upkeep.runs import ServerRun
from server import runs
from server.described import examples
from server.described.upkeep import UPKEEP
from server.described.words import TIME, Content, Endpoint, Parameter

ENDPOINTS: Final = (
    Endpoint(
        method="get",
        path=runs.RUNS,
        room=UPKEEP,
        summary="List server runs",
        detail="When a lake-server or a Studio held the lake, oldest first. Where no run covers a "
        "time, nobody could be sent to; where one does and nothing changed, the engine was silent. "
        "`ended` is a good end; `lost` was killed, or its machine went down, soon after `seen_at`. "
        "`outages` are times in which PostgreSQL was away and what was sent rested in the spool.",
        parameters=(
            Parameter("since", "Runs that went on after this time.", TIME, example=examples.A_TIME),
        ),
        answers={
            200: Content(
                list[ServerRun],
                [
                    {
                        "id": examples.AN_ID,
                        "program": "lake-server",
                        "version": "0.1.0",
                        "host": "workshop",
                        "address": "127.0.0.1:7000",
                        "started_at": examples.A_TIME,
                        "seen_at": examples.A_TIME,
                        "ended_at": None,
                        "state": "running",
                        "outages": [],
                    }
                ],
            )
        },
    ),
)
