"""Why there are no changes: the server was away, the engine was silent, or nobody knows.

A frame says from where to where history goes, when servers held the lake and when PostgreSQL was
away, for which no engine is to blame; put beside the times without changes it tells the kinds of
gap apart. Pure: times are seconds since 1970.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final

from lake_core.store.bookmarks import Extent
from lake_core.upkeep.report import ArchivedStretch
from lake_core.upkeep.runs import ServerRun, uncovered
from studio.models.change_history import SHORTEST_PAUSE, ChangeHistory

Span = tuple[float, float]
OPEN: Final = float("inf")
"""The end of what goes on."""
NOTHING: Final = Extent(0, None, 0, None)


class Why(Enum):
    """What a time without changes means."""

    AWAY = auto()  # no server held the lake
    SILENT = auto()  # a server was there, and nothing came
    UNTOLD = auto()  # from before servers kept a record


@dataclass(frozen=True, slots=True)
class Absence:
    """A time without changes. `words` say more of why, where more is known."""

    start: float
    stop: float
    why: Why
    words: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which no server held the lake, and how the one before it ended."""

    start: float
    stop: float
    words: str


@dataclass(frozen=True, slots=True)
class HistoryFrame:
    """Where a space's history begins and ends, what of it is archived, and who was there.

    `away`, `outages` and `archives` are oldest first; `known_from` is when the first server began
    to keep a record, `OPEN` where none did.
    """

    extent: Extent = NOTHING
    archives: tuple[ArchivedStretch, ...] = ()
    away: tuple[Stretch, ...] = ()
    outages: tuple[Span, ...] = ()
    known_from: float = OPEN

    @property
    def begins_at(self) -> float | None:
        """When what is here begins; None where nothing is."""
        first = self.extent.first_at
        return first.timestamp() if first is not None else None

    @property
    def let_go_at(self) -> float | None:
        """Up to when history was let go for good; None where it is whole, here or archived."""
        floor = self.extent.floor_seq
        is_archived = any(one.to_seq == floor for one in self.archives)
        return None if floor == 0 or is_archived else self.begins_at

    @property
    def ends(self) -> list[tuple[float, int]]:
        """Where the log stood when, at its beginning and its end."""
        floor, first, head, last = self.extent
        told = [] if first is None else [(first.timestamp(), max(floor, 1))]
        return told if last is None else [*told, (last.timestamp(), head)]


def frame_of(
    extent: Extent, archives: Iterable[ArchivedStretch], runs: Sequence[ServerRun], now: datetime
) -> HistoryFrame:
    """The frame of one space. What is archived and still here as well is not away."""
    away = [
        Stretch(
            start.timestamp(),
            OPEN if stop == now else stop.timestamp(),
            _ending(run for run in runs if run.until == start),
        )
        for start, stop in uncovered(runs, now)
    ]
    outages = [(one.from_at.timestamp(), one.to_at.timestamp()) for r in runs for one in r.outages]
    return HistoryFrame(
        extent,
        tuple(sorted((one for one in archives if one.state == "archived"), key=_begin)),
        tuple(away),
        tuple(sorted(outages)),
        min((run.started_at.timestamp() for run in runs), default=OPEN),
    )


def needed_for(frame: HistoryFrame, stretch: ArchivedStretch) -> list[ArchivedStretch]:
    """What has to come back for an archived stretch to come back, in that order.

    It ends with the stretch itself; nothing where that is no longer archived.
    """
    if stretch not in frame.archives:
        return []
    return [one for one in reversed(frame.archives) if one.from_seq >= stretch.from_seq]


def absences(
    frame: HistoryFrame,
    history: ChangeHistory,
    start: float,
    stop: float,
    now: float,
    shortest: float = SHORTEST_PAUSE,
) -> list[Absence]:
    """The times without changes that touch start to stop, oldest first, and why; no outages.

    None that is shorter than `shortest` seconds, or than a pause worth telling.
    """
    least = max(shortest, SHORTEST_PAUSE)
    away = [*_away(frame.away, history, (start, stop, now), shortest)]
    spans = [(one.start, one.stop) for one in away]
    explained = merged(sorted([*spans, *frame.outages]), start, stop, 0.0)
    silent = [
        piece
        for gap in history.gaps(start, stop, now)
        if gap.stop - gap.start > least
        for piece in _silent((gap.start, gap.stop), explained, frame.known_from)
        if piece.stop - piece.start > least
    ]
    return sorted([*away, *silent], key=lambda one: one.start)


def merged(spans: Iterable[Span], start: float, stop: float, least: float) -> list[Span]:
    """The spans that touch start to stop, oldest first; those less than `least` apart as one."""
    found: list[Span] = []
    for span in spans:
        if span[1] < start or span[0] > stop:
            continue
        if found and span[0] - found[-1][1] < least:
            found[-1] = (found[-1][0], max(found[-1][1], span[1]))
        else:
            found.append(span)
    return found


def _away(
    stretches: Sequence[Stretch],
    history: ChangeHistory,
    shown: tuple[float, float, float],
    shortest: float,
) -> Iterator[Absence]:
    """A server is known to have been there up to its last beat; what it stored says so as well."""
    start, stop, now = shown
    for one in stretches[bisect_right(stretches, start, key=lambda other: other.stop) :]:
        end = min(one.stop, now)
        if one.start > stop:
            break
        if end - one.start <= shortest:
            continue
        begin = max(one.start, history.last_before(end) or 0.0)
        if end - begin > shortest:
            yield Absence(begin, end, Why.AWAY, one.words)


def _silent(gap: Span, explained: Sequence[Span], known_from: float) -> Iterator[Absence]:
    """What of a gap no absence of servers and no outage explains."""
    begin, stop = gap
    for since, until in explained[bisect_right(explained, begin, key=lambda other: other[1]) :]:
        if since >= stop:
            break
        if since > begin:
            yield from _told(begin, since, known_from)
        begin = max(begin, until)
    if begin < stop:
        yield from _told(begin, stop, known_from)


def _told(start: float, stop: float, known_from: float) -> Iterator[Absence]:
    if start < known_from:
        yield Absence(start, min(stop, known_from), Why.UNTOLD)
    if stop > known_from:
        yield Absence(max(start, known_from), stop, Why.SILENT)


def _ending(runs: Iterable[ServerRun]) -> str:
    for run in runs:
        how = "was closed" if run.state == "ended" else "was killed or lost its machine"
        return f"{run.program} on {run.host} {how}"
    return ""


def _begin(stretch: ArchivedStretch) -> datetime:
    return stretch.from_at
