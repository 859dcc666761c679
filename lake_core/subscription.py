"""How a viewer follows a space: poll, and get what changed since.

A space this process writes is followed in the lake thread; one that is written elsewhere, by what
has been committed.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import Future
from functools import partial

from lake_core.errors import DatabaseUnavailable, WriterElsewhere
from lake_core.follower import Follower, Followers, taken
from lake_core.live import Watcher
from lake_core.scene.arrays import SceneDelta
from lake_core.writer import Writer


class Subscription:
    """A viewer's place in the changes of one space: each poll brings what it has not seen."""

    def __init__(
        self, writer: Writer, watcher: Watcher, followers: Followers, *, only_follows: bool = False
    ) -> None:
        self._writer = writer
        self._watcher = watcher
        self._followers = followers
        self._follower: Follower | None = None
        if only_follows:
            self._follower = followers.follow(watcher.space_name)

    def poll(self, most: int | None = None) -> Future[SceneDelta | None]:
        """What changed since the last poll, coalesced; the whole scene the first time.

        Of more than `most` entities that changed, so many; the others come with the next polls.
        """
        if self._follower is not None:
            return self._followers.collect(self._follower, most)
        return self._writer.ask(partial(self._collect, most))

    def close(self) -> None:
        """Want no more."""
        if self._follower is not None:
            self._followers.leave(self._follower)
        with contextlib.suppress(DatabaseUnavailable):  # closing, and all subscriptions with it
            self._writer.ask(self._leave)

    def _collect(self, most: int | None) -> SceneDelta | None:
        watcher = self._watcher
        try:
            scene = self._writer.register.watch(watcher).scene
        except WriterElsewhere:
            self._leave()
            self._follower = self._followers.follow(watcher.space_name)
            return None  # the next poll goes there
        if watcher.wants_all:
            watcher.wants_all = False
            watcher.pending.clear()
            return scene.delta()
        return scene.delta(taken(watcher.pending, most)) if watcher.pending else None

    def _leave(self) -> None:
        self._writer.register.unwatch(self._watcher)
