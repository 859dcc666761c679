"""What may be asked of an export, and what is said of it afterwards.

Owns the options of contract section 8, their checks, and how snapshots are dealt to splits. It
must not know files or formats.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from lake_core.curate.sample import SampleOptions
from lake_core.errors import InvalidInput
from lake_core.scene.model import SnapshotSummary

FORMATS: Final = ("parquet", "jsonl", "webdataset")
WHOLE: Final = {"train": 1.0}
_SPLIT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class ExportOptions(SampleOptions):
    """Which samples an export holds, and how they are dealt out.

    Args:
        split: Share of each split by name, in order of time; None puts all into `train`.
    """

    split: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        # A class with slots is another object than the one `super()` would find.
        SampleOptions.__post_init__(self)
        if self.split is not None:
            check_split(self.split)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """A finished export: where it is and what it holds. `bytes` counts the data files.

    `loader` names the library that opened it as trainers do; "" where that was not asked for, or
    none is installed.
    """

    directory: Path
    samples: int
    connections: int
    files: int
    bytes: int
    splits: Mapping[str, int]  # samples of each split
    loader: str = ""


def parse_split(text: str) -> dict[str, float]:
    """`train=0.9,test=0.1` as shares by name. Raises InvalidInput where it is not that."""
    shares: dict[str, float] = {}
    for piece in text.split(","):
        name, _, share = piece.partition("=")
        try:
            value = float(share)
        except ValueError:
            raise InvalidInput(f"--split {text}: expected e.g. train=0.9,test=0.1") from None
        if name.strip() in shares:
            raise InvalidInput(f"--split {text}: {name.strip()} is named twice")
        shares[name.strip()] = value
    check_split(shares)
    return shares


def check_split(shares: Mapping[str, float]) -> None:
    """Refuse shares that have unusable names, or do not make up a whole."""
    for name, share in shares.items():
        if not _SPLIT_NAME.fullmatch(name):
            raise InvalidInput(f"a split cannot be named {name!r}: letters, digits and _ only")
        if not 0.0 < share <= 1.0:
            raise InvalidInput(f"the share of split {name} must be above 0 and at most 1")
    if not math.isclose(sum(shares.values()), 1.0, abs_tol=1e-6):
        raise InvalidInput(f"the shares of a split must add up to 1, not {sum(shares.values()):g}")


def deal(summaries: Sequence[SnapshotSummary], shares: Mapping[str, float]) -> dict[UUID, str]:
    """The split of each snapshot: one block of time each, in the order of `shares`.

    Every split gets at least one snapshot. Raises InvalidInput where there are too few.
    """
    ordered = sorted(summaries, key=lambda s: (s.timestamp, s.space_name, s.seq, str(s.id)))
    names = list(shares)
    if len(ordered) < len(names):
        raise InvalidInput(
            f"{len(ordered)} snapshot{'s' * (len(ordered) != 1)} cannot be split into "
            f"{len(names)} blocks of time; choose more snapshots or fewer splits"
        )
    dealt: dict[UUID, str] = {}
    begin, reach = 0, 0.0
    for index, name in enumerate(names):
        reach += shares[name]
        to_come = len(names) - index - 1
        end = min(max(round(reach * len(ordered)), begin + 1), len(ordered) - to_come)
        dealt |= dict.fromkeys((s.id for s in ordered[begin:end]), name)
        begin = end
    return dealt
