"""What people say of snapshots in the window: pin, stars, tags, note, and deleting them.

Couples timeline and editor with one open lake; every deed runs in a worker and can be undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from msgspec import UNSET
from PySide6.QtCore import QObject, QPoint

from lake_core.errors import LakeError
from lake_core.scene.model import SnapshotEdit, SnapshotSummary
from studio.desk import LakeDesk
from studio.models.choice_words import count_words
from studio.models.plain_values import capitalised
from studio.panels.snapshot_editor import SnapshotEditor
from studio.undoing import Deed

Snapshots = tuple[SnapshotSummary, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done before something went wrong, if anything did."""

    done: Snapshots  # as they were before
    missed: Snapshots
    trouble: LakeError | None


class Annotating(QObject):
    """The deeds on snapshots."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self.editor = SnapshotEditor(desk.window)
        timeline = desk.window.timeline
        timeline.annotate_requested.connect(self.open_editor)
        timeline.edit_requested.connect(self.edit)
        timeline.delete_requested.connect(self.delete)
        self.editor.edit_requested.connect(lambda summary, edit: self.edit((summary,), edit))
        self.editor.delete_requested.connect(lambda summary: self.delete((summary,)))
        desk.bridge.snapshot_changed.connect(self._changed)

    def open_editor(self, summary: SnapshotSummary, at: QPoint) -> None:
        """Say something of a snapshot, near a point of the screen."""
        summaries = self._desk.window.timeline.timeline.summaries
        known = {tag for one in summaries for tag in one.tags}
        self.editor.open_for(summary, known, at)

    def edit(self, summaries: Sequence[SnapshotSummary], edit: SnapshotEdit) -> None:
        """Say the same of each."""
        self._do(tuple(summaries), edit, _verb(edit))

    def delete(self, summaries: Sequence[SnapshotSummary]) -> None:
        """Take them out of sight; undone until they are purged."""
        self._do(tuple(summaries), SnapshotEdit(deleted=True), "deleting")

    def _do(self, summaries: Snapshots, edit: SnapshotEdit, verb: str) -> None:
        self._desk.workers.run_in_turn(
            lambda: self._apply(summaries, edit),
            partial(self._done, edit, verb),
            partial(self._fail, _missed(verb, summaries)),
        )

    def _apply(self, summaries: Snapshots, edit: SnapshotEdit) -> Outcome:
        """In a worker: one after another, up to the first that cannot be."""
        for at, summary in enumerate(summaries):
            try:
                self._desk.lake.edit_snapshot(summary.id, edit)
            except LakeError as error:
                if at == 0:
                    raise
                return Outcome(summaries[:at], summaries[at:], error)
        return Outcome(summaries, (), None)

    def _done(self, edit: SnapshotEdit, verb: str, outcome: Outcome) -> None:
        if outcome.trouble is not None:
            self._fail(_missed(verb, outcome.missed), outcome.trouble)
        again = [(one, edit) for one in outcome.done]
        back = [(one, before(one, edit)) for one in outcome.done]
        self._desk.window.undo_stack.push(
            Deed(
                f"{verb} {_named(outcome.done)}",
                partial(self._turn, again, verb),
                partial(self._turn, back, f"undoing {verb}"),
            )
        )

    def _turn(self, edits: Sequence[tuple[SnapshotSummary, SnapshotEdit]], verb: str) -> None:
        def apply() -> None:
            for summary, edit in edits:
                self._desk.lake.edit_snapshot(summary.id, edit)

        missed = _missed(verb, tuple(summary for summary, _ in edits))
        self._desk.workers.run_in_turn(apply, lambda _: None, partial(self._fail, missed))

    def _changed(self, summary: SnapshotSummary) -> None:
        shown = self.editor.summary
        if shown is not None and shown.id == summary.id:
            self.editor.show_summary(summary)

    def _fail(self, missed: str, error: LakeError) -> None:
        self._desk.window.banner.tell_failure(error, missed)


def before(summary: SnapshotSummary, edit: SnapshotEdit) -> SnapshotEdit:
    """What takes an edit of a snapshot back."""
    said = msgspec.structs.asdict(edit)
    was = {
        name: getattr(summary, name, False) for name, value in said.items() if value is not UNSET
    }
    return msgspec.structs.replace(edit, **was)


def _verb(edit: SnapshotEdit) -> str:
    if edit.pinned is not UNSET:
        return "pinning" if edit.pinned else "unpinning"
    if edit.rating is not UNSET:
        return "rating"
    return "tagging" if edit.tags is not UNSET else "the note of"


def _missed(verb: str, summaries: Sequence[SnapshotSummary]) -> str:
    return f"{capitalised(verb)} {_named(summaries)} failed"


def _named(summaries: Sequence[SnapshotSummary]) -> str:
    return "a snapshot" if len(summaries) == 1 else count_words(len(summaries), "snapshot")
