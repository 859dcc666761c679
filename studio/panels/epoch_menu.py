"""What can be made of an epoch beside its export: compare, merge, narrow, choose again.

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
from studio.models.tables import title_of
from studio.theme import icon

MOST: Final = 20
"""Epochs offered to compare or merge with, the newest first."""


@dataclass(frozen=True, slots=True)
class EpochDeeds:
    """What becomes of a wish."""

    compare: Callable[[TrainingEpoch, TrainingEpoch], None]
    merge: Callable[[tuple[TrainingEpoch, ...]], None]
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
    menu = QMenu(parent)
    menu.setObjectName("EpochMenu")
    menu.aboutToHide.connect(menu.deleteLater)
    others = [one for one in known if one.id != epoch.id][:MOST]
    compared = menu.addMenu(icon("mdi6.compare-horizontal"), "Compare with…")
    merged = menu.addMenu(icon("mdi6.set-merge"), "Merge with…")
    for submenu in (compared, merged):
        submenu.setEnabled(bool(others))
    for other in others:
        action = compared.addAction(title_of(other))
        action.triggered.connect(partial(_call, deeds.compare, epoch, other))
        action = merged.addAction(title_of(other))
        action.triggered.connect(partial(_call, deeds.merge, (epoch, other)))
    _add_narrowing(menu, deeds, epoch, chosen)
    menu.addSeparator()
    again = menu.addAction(icon("mdi6.cursor-default-click-outline"), "Choose its snapshots")
    again.triggered.connect(partial(_call, deeds.choose, epoch))
    return menu


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
