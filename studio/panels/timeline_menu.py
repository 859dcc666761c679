"""The timeline's context menu: what can be done with the snapshot or the instant under it.

Builds the menu; the panel says what each entry does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from lake_core.scene.model import SnapshotEdit, SnapshotSummary
from lake_core.upkeep.report import ArchivedStretch
from studio.models.moments import NOW, Moment, instant_moment, snapshot_moment
from studio.models.snapshots import SnapshotTimeline
from studio.session import Session
from studio.theme import icon

Compare = Callable[[Moment, Moment], None]


@dataclass(frozen=True, slots=True)
class SnapshotDeeds:
    """What becomes of a wish for a snapshot."""

    annotate: Callable[[SnapshotSummary], None]
    edit: Callable[[Sequence[SnapshotSummary], SnapshotEdit], None]
    delete: Callable[[Sequence[SnapshotSummary]], None]


def open_menu(parent: QWidget) -> QMenu:
    """An empty menu that goes away by itself."""
    menu = QMenu(parent)
    menu.setObjectName("TimelineMenu")
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def add_remarks(
    menu: QMenu, deeds: SnapshotDeeds, summary: SnapshotSummary, chosen: Sequence[SnapshotSummary]
) -> None:
    """What can be said of a snapshot; where it is among those chosen, deleting means them all."""
    menu.addSeparator()
    say = menu.addAction(icon("mdi6.star-outline"), "Rate, tag, note…")
    say.triggered.connect(lambda: deeds.annotate(summary))
    pin = menu.addAction(icon("mdi6.pin-outline"), "Unpin" if summary.pinned else "Pin")
    pin.triggered.connect(lambda: deeds.edit((summary,), SnapshotEdit(pinned=not summary.pinned)))
    meant = tuple(chosen) if summary in chosen else (summary,)
    words = "Delete the snapshot" if len(meant) == 1 else f"Delete the {len(meant):,} chosen"
    drop = menu.addAction(icon("mdi6.delete-outline"), words)
    drop.triggered.connect(lambda: deeds.delete(meant))


def add_archive(menu: QMenu, stretch: ArchivedStretch, fetch: Callable[[], None]) -> None:
    """What can be done with a stretch of history that lies in an archive."""
    back = menu.addAction(icon("mdi6.archive-arrow-up-outline"), "Fetch back\u2026")
    back.triggered.connect(fetch)
    copy = menu.addAction(icon("mdi6.content-copy"), "Copy where it is")
    copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(stretch.place))


def add_comparisons(
    menu: QMenu, session: Session, timeline: SnapshotTimeline, here: Moment, compare: Compare
) -> None:
    """What the moment under the pointer can be compared with."""
    compared = menu.addMenu(icon("mdi6.compare-horizontal"), "Compare with…")
    index = timeline.index_of(here.snapshot_id) if here.snapshot_id else None
    others: list[tuple[str, Moment]] = [("Now", NOW)]
    if index:
        others.append(("The snapshot before", snapshot_moment(timeline.summaries[index - 1])))
    if session.instant is not None and session.instant != here.at:
        others.append(("The instant shown", instant_moment(session.instant)))
    for found in map(timeline.index_of, session.chosen_snapshots[:8]):
        if found is not None and found != index:
            moment = snapshot_moment(timeline.summaries[found])
            others.append((f"Chosen: {moment.label}", moment))
    for words, other in others:
        entry = compared.addAction(words)
        entry.triggered.connect(lambda _, one=other: compare(*_in_order(here, one)))


def _in_order(one: Moment, other: Moment) -> tuple[Moment, Moment]:
    """The earlier first; now is the latest."""
    if one.at is None or (other.at is not None and other.at < one.at):
        return other, one
    return one, other
