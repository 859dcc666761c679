"""What was put away in cold storage."""

from __future__ import annotations

from typing import Final

from lake_core.upkeep.report import ArchivedStretch
from server import archive
from server.described import examples
from server.described.upkeep import UPKEEP
from server.described.words import Content, Endpoint

ENDPOINTS: Final = (
    Endpoint(
        method="get",
        path=archive.ARCHIVES,
        room=UPKEEP,
        summary="List archives",
        detail="Stretches of history in cold storage, by space, oldest first: changes after "
        "`from_seq` up to `to_seq`, and the snapshots before that. Their ids answer 410, naming "
        "`place`. What is `checked` is still in the lake as well, what is `writing` cannot be "
        "relied on yet.",
        answers={
            200: Content(
                list[ArchivedStretch],
                [
                    {
                        "id": examples.AN_ID,
                        "space_name": examples.A_SPACE,
                        "from_seq": 0,
                        "to_seq": 128,
                        "from_at": examples.A_TIME,
                        "to_at": examples.A_TIME,
                        "place": "s3://cold/my_space/2026-06",
                        "bytes": 4096,
                        "changes": 128,
                        "snapshots": 3,
                        "state": "archived",
                        "at": examples.A_TIME,
                    }
                ],
            )
        },
    ),
)
