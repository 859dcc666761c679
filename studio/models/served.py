"""What the server that a window is attached to says of itself, read from its own figures. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from studio.models.vitals import Alarm, Grade, Sample, SpaceVitals

_LINE: Final = re.compile(r"(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>[-+.0-9eE]+)")
_EVENTS: Final = "lake_events_total"
_STORED: Final = 'result="accepted"'
_SPACE: Final = re.compile(r'space="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Figures:
    """A server's figures at one moment; counts and seconds are those since it was started."""

    queue_depth: int
    spooled: int
    database_ok: bool
    stored: int
    commits: int
    commit_seconds: float
    spaces: Mapping[str, int] = field(default_factory=dict)  # what of `stored` each had


@dataclass(frozen=True, slots=True)
class ServedBy:
    """The server that a window is attached to, and how it does; None while it does not answer.

    As a lake's health, for whoever shows that.
    """

    url: str
    database: str
    figures: Figures | None = None
    events_per_second: float = 0.0
    rates: Mapping[str, float] = field(default_factory=dict)  # changes a second, by space

    @property
    def answers(self) -> bool:
        """Whether it does."""
        return self.figures is not None

    @property
    def queue_depth(self) -> int:
        """Requests waiting to be committed there."""
        return self.figures.queue_depth if self.figures else 0

    @property
    def spooled(self) -> int:
        """Requests kept on its disk until PostgreSQL is back."""
        return self.figures.spooled if self.figures else 0

    @property
    def database_ok(self) -> bool:
        """Whether PostgreSQL takes what it writes; as far as is known."""
        return self.figures.database_ok if self.figures else True

    @property
    def accepted_total(self) -> int:
        """Changes it stored since it was started."""
        return self.figures.stored if self.figures else 0


def figures_of(metrics: str) -> Figures:
    """From the text of its `/metrics`; what is not told counts as nothing."""
    told, spaces = _sums(metrics.splitlines())
    return Figures(
        queue_depth=int(told.get("lake_queue_depth", 0)),
        spooled=int(told.get("lake_spool_depth", 0)),
        database_ok=told.get("lake_database_up", 1.0) > 0,
        stored=int(told.get(_EVENTS, 0)),
        commits=int(told.get("lake_commit_seconds_count", 0)),
        commit_seconds=told.get("lake_commit_seconds_sum", 0.0),
        spaces=spaces,
    )


def _sums(lines: Iterable[str]) -> tuple[Mapping[str, float], Mapping[str, int]]:
    """Each figure over all its labels, and events by space; of these only what was stored."""
    sums: dict[str, float] = {}
    spaces: dict[str, int] = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None or (found["name"] == _EVENTS and _STORED not in line):
            continue
        value = float(found["value"])
        sums[found["name"]] = sums.get(found["name"], 0.0) + value
        if found["name"] == _EVENTS and (space := _SPACE.search(line)) is not None:
            name = _plain(space[1])
            spaces[name] = spaces.get(name, 0) + int(value)
    return sums, spaces


def _plain(label: str) -> str:
    """A label's value as it was before it was escaped."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), label)


def with_rates(spaces: Sequence[SpaceVitals], server: ServedBy | None) -> Sequence[SpaceVitals]:
    """The spaces with the server's own rates, where a window is attached to one."""
    if server is None:
        return spaces
    return [replace(one, rate=server.rates.get(one.space_name, 0.0)) for one in spaces]


def sample_of(server: ServedBy, now: float) -> Sample:
    """The server's figures as the monitor takes them."""
    figures = server.figures
    return Sample(
        time=now,
        events_per_second=server.events_per_second,
        queue_depth=server.queue_depth,
        spooled=server.spooled,
        database_ok=server.database_ok,
        commits=figures.commits if figures else 0,
        commit_seconds=figures.commit_seconds if figures else 0.0,
    )


def alarms_of_server(server: ServedBy | None) -> list[Alarm]:
    """That it does not answer, where a window is attached to one."""
    if server is None or server.answers:
        return []
    words = f"The server at {server.url} does not answer: engines cannot send what changes."
    return [Alarm(Grade.DANGER, words)]
