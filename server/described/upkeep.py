"""What the lake does by itself: schedules, and what retention lets go."""

from __future__ import annotations

from typing import Final

from lake_core.keeping import Cleared, RetentionPlan
from lake_core.upkeep.report import UpkeepReport
from lake_core.upkeep.retention import Retention
from lake_core.upkeep.schedule import Schedule
from server import upkeep
from server.answers import Done
from server.described import examples
from server.described.words import BODIED, READING, SPACE, Content, Endpoint, Parameter

UPKEEP: Final = "Upkeep"

_DAY: Final = 86_400.0
_SCHEDULE: Final = {"every": 300.0, "only_if_changed": True}
_RETENTION: Final = {
    "newest": 10,
    "younger": _DAY,
    "thin": [{"every": 3600.0, "until": 7 * _DAY}, {"every": _DAY, "until": 365 * _DAY}],
}


_DEED: Final = Parameter(
    name="deed",
    meaning="What failed.",
    schema={"type": "string", "enum": ["retention", "archive"]},
    where="path",
    example="archive",
    is_required=True,
)


def _policy(base: str, where: tuple[Parameter, ...], whose: str) -> tuple[Endpoint, ...]:
    """Setting and clearing both kinds of policy, of one space or of all."""
    found = (404,) if where else ()
    return (
        Endpoint(
            method="put",
            path=base + "/schedule",
            room=UPKEEP,
            summary=f"Schedule snapshots of {whose}",
            detail="Either `every`, in seconds, or `cron`. `null`: no scheduled snapshots. Other "
            "servers on the same lake take note within a minute.",
            parameters=where,
            body=Content(Schedule | None, _SCHEDULE),
            answers={200: Content(Done, {"message": "Schedule set", "success": True})},
            faults=(*BODIED, *found),
        ),
        Endpoint(
            method="delete",
            path=base + "/schedule",
            room=UPKEEP,
            summary=f"Clear the schedule of {whose}",
            parameters=where,
            answers={200: Content(Done, {"message": "Schedule cleared", "success": True})},
            faults=(*READING, *found),
        ),
        Endpoint(
            method="put",
            path=base + "/retention",
            room=UPKEEP,
            summary=f"Say what is kept of {whose}",
            detail="Whatever no rule keeps goes, but nothing that is pinned, tagged, noted, rated, "
            "bookmarked or in an epoch. `null`: everything is kept. It is applied every ten "
            "minutes.",
            parameters=where,
            body=Content(Retention | None, _RETENTION),
            answers={200: Content(Done, {"message": "Retention set", "success": True})},
            faults=(*BODIED, *found),
        ),
        Endpoint(
            method="delete",
            path=base + "/retention",
            room=UPKEEP,
            summary=f"Clear the retention policy of {whose}",
            parameters=where,
            answers={200: Content(Done, {"message": "Retention cleared", "success": True})},
            faults=(*READING, *found),
        ),
    )


ENDPOINTS: Final = (
    Endpoint(
        method="get",
        path=upkeep.POLICIES,
        room=UPKEEP,
        summary="Read all policies",
        answers={
            200: Content(
                upkeep.Policies,
                {
                    "schedules": [{"space_name": examples.A_SPACE, "schedule": _SCHEDULE}],
                    "retentions": [{"space_name": None, "retention": _RETENTION}],
                },
            )
        },
    ),
    *_policy(upkeep.POLICIES, (), "all spaces that have none of their own"),
    *_policy(upkeep.SPACE, (SPACE,), "a space"),
    Endpoint(
        method="get",
        path=upkeep.PLAN,
        room=UPKEEP,
        summary="See what retention would let go",
        detail="Each snapshot, oldest first, and why it stays; empty where it goes. Nothing is "
        "done. 400 where no policy is in force.",
        parameters=(SPACE,),
        answers={
            200: Content(
                RetentionPlan,
                {
                    "space_name": examples.A_SPACE,
                    "retention": _RETENTION,
                    "decisions": [
                        {
                            "snapshot": {
                                "id": examples.AN_ID,
                                "seq": 128,
                                "timestamp": examples.A_TIME,
                                "trigger": "threshold",
                                "held": ["pinned"],
                            },
                            "because": "pinned",
                        }
                    ],
                    "purges": 0,
                    "changes": 0,
                    "bytes": 0,
                },
            )
        },
        faults=(*READING, 404),
    ),
    Endpoint(
        method="post",
        path=upkeep.APPLY,
        room=UPKEEP,
        summary="Let go what retention lets go",
        detail="What goes can be brought back until its grace is over.",
        parameters=(SPACE,),
        answers={
            200: Content(
                Cleared,
                {
                    "space_name": examples.A_SPACE,
                    "expired": [examples.AN_ID],
                    "purged": [],
                    "changes": 0,
                },
            )
        },
        faults=(*READING, 404),
    ),
    Endpoint(
        method="post",
        path=upkeep.UNDO,
        room=UPKEEP,
        summary="Bring back what retention let go",
        parameters=(SPACE,),
        answers={200: Content(upkeep.Restored, {"snapshot_ids": [examples.AN_ID]})},
        faults=(*READING, 404),
    ),
    Endpoint(
        method="get",
        path=upkeep.REPORT,
        room=UPKEEP,
        summary="Read how upkeep goes",
        detail="What is due, what was done since the lake was made, and in words what needs a "
        "hand; `concerns` say the same, with what each is about.",
        answers={
            200: Content(
                UpkeepReport,
                {
                    "next_snapshot": examples.A_TIME,
                    "next_snapshot_space": examples.A_SPACE,
                    "last_snapshot": examples.A_TIME,
                    "last_retention": None,
                    "expired": 130,
                    "purged": 12,
                    "dropped": 5000,
                    "archives": 1,
                    "archived_bytes": 4096,
                    "archived_changes": 128,
                    "worries": [f"space '{examples.A_SPACE}': archive failed: no such bucket"],
                    "concerns": [
                        {
                            "about": "archive",
                            "space_name": examples.A_SPACE,
                            "words": "archive failed: no such bucket",
                            "failed": True,
                        }
                    ],
                },
            )
        },
    ),
    Endpoint(
        method="delete",
        path=upkeep.FAILURES,
        room=UPKEEP,
        summary="Speak no more of a failure",
        detail="Of the last failure of `retention` or `archive`; one that comes again is told "
        "again.",
        parameters=(SPACE, _DEED),
        answers={200: Content(Done, {"message": "Dismissed", "success": True})},
        faults=(*READING, 404),
    ),
)
