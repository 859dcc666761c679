"""Everything of one run of the Studio over a real lake, without the process around it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lake_core.lake import Lake
from studio.annotating import Annotating
from studio.deeds import Deeds
from studio.desk import LakeDesk
from studio.feed import Feed
from studio.models.flat_tree import Role
from studio.models.scene_model import SceneModel
from studio.session import Session
from studio.upkeeping import Upkeeping
from studio.window import StudioWindow


@dataclass
class Wired:
    """The parts, and how tests feed and read them."""

    lake: Lake
    session: Session
    scene: SceneModel
    window: StudioWindow
    feed: Feed
    deeds: Deeds
    desk: LakeDesk
    annotating: Annotating
    upkeep: Upkeeping

    def send(self, endpoint: str, **body: Any) -> None:
        self.lake.ingest(endpoint, json.dumps(body).encode()).result(10)

    def send_scene(self, space: str = "lab", count: int = 3) -> None:
        entities = [
            {"id": f"e{at}", "name": f"Entity {at}", "position": [at, 0, 0]} for at in range(count)
        ]
        edges = [
            {"source_id": "e0", "target_id": f"e{at}", "connection_type": "hierarchy"}
            for at in range(1, count)
        ]
        self.send("batch", space_name=space, entities=entities, connections=edges)

    def tree(self) -> list[str]:
        model = self.window.hierarchy.model
        return [model.index(row, 0).data(Role.ENTITY_ID) for row in range(model.rowCount())]
