"""When a space's keyframe is due, and its writing while ingestion goes on.

The documents are taken in the lake thread, by reference; a thread of its own stores them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from lake_core.errors import LakeError
from lake_core.live import LiveSpace
from lake_core.store import keyframes
from lake_core.store.database import Database, DatabaseError
from lake_core.store.keyframes import Keyframe

_log = logging.getLogger(__name__)


class Keyframer:
    """Writes keyframes behind the lake thread, one at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._thread = ThreadPoolExecutor(1, "lake-keyframes")

    def consider(self, spaces: Iterable[LiveSpace]) -> None:
        """Take a keyframe of each space whose log outweighs it; in the lake thread."""
        for space in spaces:
            if not space.keyframe_in_progress and keyframes.is_due(space.scene, space.log_bytes):
                keyframe = keyframes.take(space.scene, space.space_id)
                weight, space.log_bytes = space.log_bytes, 0
                space.keyframe_in_progress = True
                self._thread.submit(self._write, space, keyframe, weight)

    def close(self) -> None:
        """Finish what was begun."""
        self._thread.shutdown()

    def _write(self, space: LiveSpace, keyframe: Keyframe, weight: int) -> None:
        try:
            with self._database.reader() as connection:
                keyframes.write(connection, keyframe)
        except (LakeError, DatabaseError):
            _log.warning("a keyframe of %s waits", space.scene.space_name, exc_info=True)
            space.log_bytes += weight
        finally:
            space.keyframe_in_progress = False
