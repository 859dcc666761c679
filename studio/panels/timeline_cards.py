"""What the timeline's hover cards say of what is under the pointer. Words only, no painting."""

from __future__ import annotations

from lake_core.scene.model import Bookmark, SnapshotSummary, TrainingEpoch
from lake_core.upkeep.report import ArchivedStretch
from studio.models.absences import Absence, HistoryFrame, Span, Why
from studio.models.snapshots import SnapshotTimeline
from studio.models.tables import title_of
from studio.models.time_words import clock_span
from studio.models.vitals import size_words
from studio.panels.cards import Card, Row
from studio.panels.timeline_hits import Hit, Scenery
from studio.render.time_axis import moment_words, span_words

TRIGGER_WORDS = {
    "manual": "Manual snapshot",
    "threshold": "Snapshot by threshold",
    "batch": "Snapshot of a batch",
    "schedule": "Scheduled snapshot",
}


def card_of(hit: Hit, there: Scenery, frame: HistoryFrame) -> Card | None:
    """What is said of what was hit; None where nothing was."""
    if hit.flag >= 0:
        return bookmark_card(there.bookmarks[hit.flag])
    if hit.snapshot >= 0:
        return snapshot_card(there.timeline, hit.snapshot)
    if hit.band >= 0:
        return epoch_card(there.bands[hit.band].epoch)
    if hit.floor >= 0:
        return floor_card(frame)
    if 0 <= hit.outage < len(there.outages):
        return outage_card(there.outages[hit.outage])
    if hit.archive >= 0:
        return archive_card(there.archives[hit.archive])
    if 0 <= hit.absence < len(there.absences):
        return absence_card(there.absences[hit.absence])
    return None


def snapshot_card(timeline: SnapshotTimeline, at: int) -> Card:
    """The snapshot at index `at`."""
    summary = timeline.summaries[at]
    figures = summary.metadata
    sacred = figures.sacred_entity_count / max(figures.entity_count, 1)
    rows = [
        Row("Taken", moment_words(float(timeline.times[at]))),
        Row("Entities", f"{figures.entity_count:,}"),
        Row("Connections", f"{figures.connection_count:,}"),
        Row("Changes", f"{timeline.changes_since_previous(at):,} since the one before"),
        Row("Sacred", f"{sacred:.1%}"),
        Row("Quality", f"{figures.quality_score:.2f}"),
    ]
    rows += _remarks(summary)
    heading = TRIGGER_WORDS.get(summary.trigger, f"Snapshot by {summary.trigger}")
    return Card(heading, tuple(rows))


def _remarks(summary: SnapshotSummary) -> list[Row]:
    """What people said of it."""
    rows = []
    if summary.pinned:
        rows.append(Row("Pinned", "retention leaves it"))
    if summary.rating:
        rows.append(Row("Rating", f"{summary.rating} of 5"))
    if summary.tags:
        rows.append(Row("Tags", ", ".join(summary.tags)))
    if summary.note:
        rows.append(Row("Note", summary.note))
    return rows


def epoch_card(epoch: TrainingEpoch) -> Card:
    """An epoch: what it spans and what is in it."""
    start, stop = epoch.start_time.timestamp(), epoch.end_time.timestamp()
    rows = [
        Row("From", moment_words(start)),
        Row("Spans", span_words(stop - start) if stop > start else "one instant"),
        Row("Snapshots", f"{len(epoch.snapshot_ids):,}"),
        Row("Samples", f"{epoch.sample_count:,}"),
        Row("Sacred", f"{epoch.stats.sacred_frequency:.1%}"),
    ]
    return Card(title_of(epoch), tuple(rows))


def bookmark_card(bookmark: Bookmark) -> Card:
    """A bookmark: why, and when."""
    rows = (Row("Bookmark", moment_words(bookmark.at.timestamp())),)
    return Card(bookmark.note or "Without a note", rows)


ABSENCES = {
    Why.AWAY: ("Server away", "no server held the lake: nobody could be sent to"),
    Why.SILENT: ("Engine silent", "a server was there; nothing of this space came"),
    Why.UNTOLD: ("No changes", "not known: from before servers kept a record"),
}


def absence_card(absence: Absence) -> Card:
    """A time without changes: from when to when, and why."""
    heading, why = ABSENCES[absence.why]
    rows = [*_span_rows(absence.start, absence.stop), Row("Why", why)]
    if absence.words:
        rows.append(Row("Before", absence.words))
    return Card(heading, tuple(rows))


def outage_card(outage: Span) -> Card:
    """PostgreSQL did not answer."""
    rows = (*_span_rows(*outage), Row("Changes", "rested in the spool; none is lost"))
    return Card("PostgreSQL away", rows)


def floor_card(frame: HistoryFrame) -> Card:
    """History begins here, and once began before."""
    begins = moment_words(frame.begins_at or 0.0)
    gone = f"{frame.extent.floor_seq:,} changes, let go by retention"
    return Card("History begins here", (Row("When", begins), Row("Before", gone)))


def archive_card(stretch: ArchivedStretch) -> Card:
    """A stretch in cold storage: what is in it and where it is."""
    start, stop = stretch.from_at.timestamp(), stretch.to_at.timestamp()
    rows = (
        *_span_rows(start, stop),
        Row("Snapshots", f"{stretch.snapshots:,}"),
        Row("Changes", f"{stretch.changes:,}"),
        Row("Size", size_words(stretch.bytes)),
        Row("Where", stretch.place),
        Row("Archived", moment_words(stretch.at.timestamp())[:-4]),
    )
    return Card("Archived", rows)


def _span_rows(start: float, stop: float) -> list[Row]:
    return [Row("When", clock_span(start, stop)), Row("For", span_words(stop - start))]
