"""What can be made of an epoch beside its export: compare, merge, extend, narrow, choose again.

Builds the menu; who opens it says what each entry does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from PySide6.QtWidgets import QMenu, QWidget

from lake_core.scene.model import TrainingEpoch
from studio.models.choice_words import count_words
from studio.models.plain_values import keyless, one_line
from studio.models.tables import title_of
from studio.theme import icon

LONGEST: Final = 60
"""Letters of an epoch's name in an entry: a menu of a longer one may not fit the screen."""
MOST: Final = 20
"""Epochs offered to compare or merge with, the newest first."""


@dataclass(frozen=True, slots=True)
class EpochDeeds:
    """What becomes of a wish."""

    compare: Callable[[TrainingEpoch, TrainingEpoch], None]
    merge: Callable[[tuple[TrainingEpoch, ...]], None]
    extend: Callable[[TrainingEpoch, tuple[UUID, ...]], None]
    narrow: Callable[[TrainingEpoch, tuple[UUID, ...]], None]
    choose: Callable[[TrainingEpoch], None]


def epoch_menu(
    parent: QWidget,
    deeds: EpochDeeds,
    epoch: TrainingEpoch,
    known: Sequence[TrainingEpoch],
    chosen: Sequence[UUID],
) -> QMenu:
    """A menu that goes away by itself; `chosen` are the snapshots chosen on the timeline."""
    menu = _passing_menu(parent)
    others = [one for one in known if one.id != epoch.id][:MOST]
    compared = menu.addMenu(icon("mdi6.compare-horizontal"), "Compare with…")
    merged = menu.addMenu(icon("mdi6.set-merge"), "Merge with…")
    for submenu in (compared, merged):
        submenu.setEnabled(bool(others))
    for other in others:
        action = compared.addAction(_entry(other))
        action.triggered.connect(partial(_call, deeds.compare, epoch, other))
        action = merged.addAction(_entry(other))
        action.triggered.connect(partial(_call, deeds.merge, (epoch, other)))
    _add_extending(menu, deeds.extend, epoch, chosen)
    _add_narrowing(menu, deeds, epoch, chosen)
    menu.addSeparator()
    again = menu.addAction(icon("mdi6.cursor-default-click-outline"), "Choose its snapshots")
    again.triggered.connect(partial(_call, deeds.choose, epoch))
    return menu


def drop_menu(
    parent: QWidget,
    extend: Callable[[TrainingEpoch, tuple[UUID, ...]], None],
    begin: Callable[[tuple[UUID, ...]], None],
    epoch: TrainingEpoch,
    dropped: tuple[UUID, ...],
) -> QMenu:
    """What snapshots dropped on an epoch may become; the epoch itself is frozen."""
    menu = _passing_menu(parent)
    _add_extending(menu, extend, epoch, dropped)
    words = f"New epoch of the {count_words(len(dropped), 'snapshot')} alone…"
    alone = menu.addAction(icon("mdi6.layers-triple-outline"), words)
    alone.triggered.connect(partial(_call, begin, dropped))
    return menu


def _entry(epoch: TrainingEpoch) -> str:
    """Its title in a menu."""
    title = one_line(title_of(epoch))
    shown = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
    return keyless(shown)


def _passing_menu(parent: QWidget) -> QMenu:
    menu = QMenu(parent)
    menu.setObjectName("EpochMenu")
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _add_extending(
    menu: QMenu,
    extend: Callable[[TrainingEpoch, tuple[UUID, ...]], None],
    epoch: TrainingEpoch,
    snapshots: Sequence[UUID],
) -> None:
    """By those it does not hold; where there are none the entry says so."""
    held = set(epoch.snapshot_ids)
    more = tuple(one for one in snapshots if one not in held)
    words = f"New epoch of {_entry(epoch)} and {count_words(len(more), 'snapshot')} more"
    idle = "It holds all of them already" if snapshots else "Choose more snapshots to extend it"
    action = menu.addAction(icon("mdi6.layers-plus"), words if more else idle)
    action.setEnabled(bool(more))
    action.triggered.connect(partial(_call, extend, epoch, more))


def _add_narrowing(
    menu: QMenu, deeds: EpochDeeds, epoch: TrainingEpoch, chosen: Sequence[UUID]
) -> None:
    """Only to a part of it; where nothing is chosen the entry says what to do."""
    held = set(epoch.snapshot_ids)
    part = tuple(one for one in chosen if one in held)
    can = 0 < len(part) < len(held)
    words = f"New epoch of the {count_words(len(part), 'snapshot')} chosen of it"
    narrow = menu.addAction(
        icon("mdi6.filter-outline"), words if can else "Choose some of its snapshots to narrow it"
    )
    narrow.setEnabled(can)
    narrow.triggered.connect(partial(_call, deeds.narrow, epoch, part))


def _call(do: Callable[..., None], *given: object) -> None:
    """Qt adds whether the entry is ticked, which means nothing here."""
    do(*[one for one in given if not isinstance(one, bool)])
