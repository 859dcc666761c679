"""What can be asked: statistics, spaces, entities now and then, lives, differences."""

from __future__ import annotations

from typing import Final

from lake_core.scene.diff import SceneDiff
from lake_core.scene.life import EntityMoment
from lake_core.scene.model import LakeStatistics, SpaceSummary
from server.described import examples
from server.described.words import (
    AT,
    ENTITY_ID,
    LIMIT,
    READING,
    SPACE,
    TEXT,
    WHOLE,
    Content,
    Endpoint,
    Parameter,
    after,
)
from server.entities import ListedEntity

ROOM: Final = "Read"

_FILTERS: Final = (
    Parameter(
        "flux",
        "Flux positions, apart by commas.",
        TEXT | {"pattern": "^[0-9](,[0-9])*$"},
        example="3,6,9",
    ),
    Parameter("class_type", "Entities of this class alone.", TEXT),
    Parameter("tag", "Entities with this tag.", TEXT),
    Parameter("depth", "Entities so deep in the tree; roots are at 0.", WHOLE),
    Parameter("parent", "Children of this entity.", TEXT),
    Parameter("q", "This text in name, id or class, in whatever case.", TEXT),
)

ENDPOINTS: Final = (
    Endpoint(
        method="get",
        path="/eustress/ingest/stats",
        room=ROOM,
        summary="The lake at a glance",
        answers={200: Content(LakeStatistics, examples.STATISTICS)},
        faults=(401, 403, 503),
    ),
    Endpoint(
        method="get",
        path="/eustress/spaces",
        room=ROOM,
        summary="List spaces",
        detail="By name, with their counts.",
        parameters=(LIMIT, after("The name of the last space already had.", TEXT)),
        answers={200: Content(list[SpaceSummary], [examples.SPACE])},
        faults=(*READING, 404),
        is_paged=True,
    ),
    Endpoint(
        method="get",
        path="/eustress/spaces/{space}/entities",
        room=ROOM,
        summary="List the entities of a space",
        detail="In order of first sight. The pages that follow a first one are of its instant.",
        parameters=(
            SPACE,
            AT,
            *_FILTERS,
            LIMIT,
            after("The id of the last entity already had.", TEXT),
        ),
        answers={200: Content(list[ListedEntity], [examples.LISTED])},
        faults=(*READING, 404, 410),
        is_paged=True,
    ),
    Endpoint(
        method="get",
        path="/eustress/entities",
        room=ROOM,
        summary="List entities across all spaces",
        detail="As they are now, one space after another.",
        parameters=(
            *_FILTERS,
            LIMIT,
            after("The id of the last entity already had; with after_space.", TEXT),
            Parameter("after_space", "The space of that entity.", TEXT),
        ),
        answers={200: Content(list[ListedEntity], [examples.LISTED])},
        faults=(*READING, 404),
        is_paged=True,
    ),
    Endpoint(
        method="get",
        path="/eustress/spaces/{space}/entities/{id}/history",
        room=ROOM,
        summary="The life of an entity",
        detail="Every change, oldest first.",
        parameters=(
            SPACE,
            ENTITY_ID,
            LIMIT,
            after("The sequence number of the last change already had.", WHOLE),
        ),
        answers={200: Content(list[EntityMoment], [examples.MOMENT])},
        faults=(*READING, 404),
        is_paged=True,
    ),
    Endpoint(
        method="get",
        path="/eustress/spaces/{space}/diff",
        room=ROOM,
        summary="What differs between two instants",
        parameters=(
            SPACE,
            Parameter("from", "The instant before; as `at`.", AT.schema).required(),
            Parameter("to", "The instant after. Without it: now.", AT.schema),
        ),
        answers={200: Content(SceneDiff, examples.DIFFERENCE)},
        faults=(*READING, 404, 410),
    ),
)
