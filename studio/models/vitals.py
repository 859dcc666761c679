"""How the lake does over the last minutes, and what is wrong with it in plain words. Pure.

Fed with samples about once a second; knows neither Qt nor a lake.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from lake_core.upkeep.report import Worry
from studio.models.series import Series
from studio.render.time_axis import span_words

SLOW_COMMIT: Final = 0.5
"""Seconds a commit may take before it is told."""
FULL_QUEUE: Final = 1000
LITTLE_ROOM: Final = 1 << 30
"""Bytes free on the disk below which it is told."""
DAY: Final = 86_400.0
SOON_FULL: Final = 7 * DAY
"""Seconds left until the disk is full, as it grows, below which it is told."""
GROWTH_SPAN: Final = 600.0
"""Seconds over which growth is measured at least."""
MANY_CHANGES: Final = 100
"""Changes after which a space without any snapshot is told."""
SHOWN_SECONDS: Final = 300


class Grade(IntEnum):
    """How bad it is."""

    NOTE = 0
    WARNING = 1
    DANGER = 2


@dataclass(frozen=True, slots=True)
class Alarm:
    """One line that says what is wrong and what it means.

    `about` is "schedule", "retention" or "archive" where that is where to go; a failure of one
    can be dismissed.
    """

    grade: Grade
    words: str
    about: str = ""
    space_name: str = ""
    can_dismiss: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """The lake at one moment. Commits are those since it was opened, and the seconds they took."""

    time: float
    events_per_second: float
    queue_depth: int
    spooled: int
    database_ok: bool
    commits: int
    commit_seconds: float
    held: tuple[str, ...] = ()  # spaces that another process has, for which requests wait
    refused: int = 0  # requests that were refused when they were delivered


@dataclass(frozen=True, slots=True)
class SpaceVitals:
    """What is told of a space; figures are -1 while they are not known."""

    space_name: str
    entities: int
    changes: int
    snapshots: int
    rate: float
    last_change: float | None
    pauses: int = -1
    loops: int = -1
    orphans: int = -1
    same_names: int = -1
    quality: float = -1.0


@dataclass(slots=True)
class Vitals:
    """Series of the last minutes."""

    events: Series = field(default_factory=lambda: Series(SHOWN_SECONDS))
    commits: Series = field(default_factory=lambda: Series(SHOWN_SECONDS))
    queue: Series = field(default_factory=lambda: Series(SHOWN_SECONDS))
    last: Sample | None = None

    def take(self, sample: Sample) -> None:
        """One more sample; a commit's time is the mean since the one before, in milliseconds."""
        before, self.last = self.last, sample
        self.events.add(sample.time, sample.events_per_second)
        self.queue.add(sample.time, float(sample.queue_depth + sample.spooled))
        if before is None or sample.commits <= before.commits:
            self.commits.add(sample.time, 0.0)
            return
        taken = sample.commit_seconds - before.commit_seconds
        self.commits.add(sample.time, 1000.0 * taken / (sample.commits - before.commits))


@dataclass(slots=True)
class Weight:
    """What the lake weighs, over the last hours."""

    sizes: Series = field(default_factory=lambda: Series(720))

    def take(self, time: float, size: float) -> None:
        """The lake weighs so many bytes now."""
        self.sizes.add(time, size)

    @property
    def growth(self) -> float:
        """Bytes a second; 0 while that is not known, or it does not grow."""
        points = self.sizes.points
        if not points or points[-1][0] - points[0][0] < GROWTH_SPAN:
            return 0.0
        return max(points[-1][1] - points[0][1], 0.0) / (points[-1][0] - points[0][0])


def alarms_of(
    sample: Sample | None,
    commit_ms: float,
    spaces: Sequence[SpaceVitals],
    free_bytes: int | None,
    concerns: Sequence[Worry] = (),
    growth: float = 0.0,
) -> list[Alarm]:
    """What is wrong, the worst first; empty where nothing is.

    `concerns` are those of upkeep; the lake grows by `growth` bytes a second.
    """
    told = [*_of_lake(sample, commit_ms, free_bytes), *_of_spaces(spaces)]
    told += _of_growth(free_bytes, growth)
    told += [
        Alarm(
            Grade.WARNING,
            f"{worry.space_name}: {worry.words.rstrip('.')}.",
            *(worry.about, worry.space_name, worry.failed),
        )
        for worry in concerns
    ]
    return sorted(told, key=lambda alarm: -alarm.grade)


def _of_lake(sample: Sample | None, commit_ms: float, free_bytes: int | None) -> Iterable[Alarm]:
    if sample is not None and not sample.database_ok:
        yield Alarm(
            Grade.DANGER,
            f"PostgreSQL does not answer. {sample.spooled:,} requests wait on disk and are "
            "delivered when it is back.",
        )
    elif sample is not None and sample.held:
        spaces = ", ".join(sample.held)
        yield Alarm(
            Grade.WARNING,
            f"{sample.spooled:,} requests wait on disk until another process lets go of {spaces}.",
        )
    elif sample is not None and sample.spooled:
        yield Alarm(Grade.WARNING, f"{sample.spooled:,} requests are delivered from the spool.")
    if sample is not None and sample.refused:
        yield Alarm(
            Grade.WARNING,
            f"{sample.refused:,} requests that were answered while PostgreSQL was away were "
            "refused when it came back: `lake spool` shows and drops them.",
        )
    if sample is not None and sample.queue_depth >= FULL_QUEUE:
        yield Alarm(
            Grade.WARNING,
            f"{sample.queue_depth:,} requests wait: engines send faster than PostgreSQL writes.",
        )
    if commit_ms >= SLOW_COMMIT * 1000:
        yield Alarm(
            Grade.WARNING, f"A commit takes {commit_ms / 1000:.1f} s: the disk is slow or busy."
        )
    if free_bytes is not None and free_bytes < LITTLE_ROOM:
        yield Alarm(
            Grade.DANGER,
            f"Only {size_words(free_bytes)} are free on the lake's disk: make room, or changes "
            "can no longer be kept.",
        )


def _of_growth(free_bytes: int | None, growth: float) -> Iterable[Alarm]:
    if free_bytes is None or growth <= 0.0 or free_bytes / growth > SOON_FULL:
        return
    left = free_bytes / growth
    yield Alarm(
        Grade.DANGER if left < DAY else Grade.WARNING,
        f"The lake grows by {size_words(growth * DAY)} a day: its disk is full in "
        f"{span_words(left)}. Keep less, or put history away.",
        "retention",
    )


def _of_spaces(spaces: Sequence[SpaceVitals]) -> Iterable[Alarm]:
    for space in spaces:
        if not space.snapshots and space.changes >= MANY_CHANGES:
            words = f"{space.changes:,} changes and no snapshot to train on"
            yield Alarm(Grade.NOTE, f"{space.space_name}: {words}.", "schedule", space.space_name)
        if space.loops > 0:
            words = _counted(space.loops, "parent edge closes a loop", "parent edges close loops")
            ignored = "is" if space.loops == 1 else "are"
            yield Alarm(Grade.WARNING, f"{space.space_name}: {words} and {ignored} ignored.")
        if space.orphans > 0:
            words = _counted(space.orphans, "entity waits", "entities wait")
            yield Alarm(
                Grade.WARNING, f"{space.space_name}: {words} for a parent that has not come."
            )
        if space.same_names > 0:
            words = f"{space.same_names:,} entities share name and parent with another"
            yield Alarm(Grade.NOTE, f"{space.space_name}: {words}.")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def size_words(size: float) -> str:
    """A number of bytes in the unit that fits."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if size >= 100 or unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError("GB is the last unit")
