"""In which order requests must come: those of one space, and those of one session.

Pure. Says of a request which lanes it runs in, and keeps those in which something has to wait:
what shares a lane with it waits behind it, and all else may go on.
"""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from lake_core.jobs import SNAPSHOT
from lake_core.scene.operations import OPERATIONS, unpack


class _Named(msgspec.Struct):
    space_name: str


_name_in = msgspec.json.Decoder(_Named).decode


@dataclass(frozen=True, slots=True)
class Lanes:
    """The spaces that a request touches, and the session it is of; "" where it is of none."""

    spaces: Set[str]
    session: str = ""


def lanes_of(endpoint: str, body: bytes) -> Lanes:
    """The lanes of a request; what names no space runs in none, and is refused by and by."""
    if endpoint == SNAPSHOT:
        return Lanes({body.decode()})
    if endpoint == OPERATIONS:
        part, lines = unpack(body)
        return Lanes({name for line in lines for name in _named(line)}, part.session)
    return Lanes(set(_named(body)))


def _named(text: bytes) -> tuple[str, ...]:
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (_name_in(text).space_name,)
    return ()


@dataclass(slots=True)
class Waiting:
    """The lanes in which something waits."""

    spaces: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)  # the spaces that all of it waits for

    def __bool__(self) -> bool:
        return bool(self.spaces or self.sessions)

    def is_before(self, lanes: Lanes) -> bool:
        """Whether something waits that must come before what runs in these."""
        return lanes.session in self.sessions or not self.spaces.isdisjoint(lanes.spaces)

    def add(self, lanes: Lanes) -> None:
        """What runs in these waits, too."""
        self.spaces |= lanes.spaces
        if lanes.session:
            self.sessions.add(lanes.session)
