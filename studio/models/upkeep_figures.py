"""What the monitor says of schedules, retention and archives: a few lines each. Pure."""

from __future__ import annotations

from datetime import datetime

from studio.models.choice_words import count_words
from studio.models.upkeep_state import UpkeepState
from studio.models.upkeep_words import (
    distance_words,
    moment_words,
    retention_words,
    schedule_words,
    state_words,
)
from studio.models.vitals import size_words


def schedule_lines(state: UpkeepState, now: datetime) -> list[str]:
    """What is next, what was last, and what there is."""
    lines = []
    if due := state.next_look():
        space = min(state.due, key=lambda name: state.due[name])
        lines.append(f"Next {moment_words(due, now)}, {distance_words(due, now)}: {space}")
    runs = [(one.scheduled_at, one.space_name) for one in state.last.values() if one.scheduled_at]
    if runs:
        at, space = max(runs)
        lines.append(f"Last {moment_words(at, now)}, {distance_words(at, now)}: {space}")
    paused = sum(one is not None and one.paused for one in state.schedules.values())
    kept = [f"{count_words(len(state.due), 'space')} by schedule"] if state.due else []
    kept += [f"{count_words(paused, 'schedule')} paused"] if paused else []
    if None in state.schedules and not paused:
        kept.append(f"all {schedule_words(state.schedules[None])}")
    if kept:
        lines.append(", ".join(kept))
    return lines or ["No schedule: snapshots come after 100 changes, and by hand."]


def retention_lines(state: UpkeepState, now: datetime) -> list[str]:
    """What is kept, what can be brought back, what went, when it was looked at last."""
    set_for = {name: one for name, one in state.retentions.items() if one is not None}
    if not set_for:
        lines = ["Everything is kept."]
    elif None in set_for:
        own = (
            f"; {count_words(len(set_for) - 1, 'space')} by its own"
            if set_for.keys() - {None}
            else ""
        )
        lines = [f"Keeps {retention_words(set_for[None])}{own}"]
    else:
        lines = [f"Of {count_words(len(set_for), 'space')} only some is kept"]
    if expired := state.recoverable():
        dues = [due for name in state.let_go if (due := state.purge_due(name)) is not None]
        until = f", the first {_until(min(dues), now)}" if dues else ""
        lines.append(f"{count_words(expired, 'snapshot')} can be brought back{until}")
    report = state.report
    if report.expired:
        lines.append(
            f"{report.expired:,} let go so far, {report.purged:,} for good; "
            f"{count_words(report.dropped, 'change')} dropped"
        )
    runs = [one.done_at for one in state.deeds if one.kind == "retention" and one.done_at]
    if runs:
        lines.append(f"Last run {distance_words(max(runs), now)}")
    return lines


def archive_lines(state: UpkeepState, now: datetime, doing: str) -> list[str]:
    """What is away, what is on its way, what was last."""
    lines = [f"{doing}…"] if doing else []
    report = state.report
    if report.archives:
        lines.append(
            f"{count_words(report.archives, 'archive')}, {size_words(report.archived_bytes)}, "
            f"{count_words(report.archived_changes, 'change')}"
        )
    if state.archives:
        last = max(state.archives, key=lambda one: one.at)
        lines.append(f"Last of {last.space_name}, {distance_words(last.at, now)}")
        waiting = [one for one in state.archives if one.state != "archived"]
        lines += [f"{one.space_name}: {state_words(one, now)}" for one in waiting[:1]]
    return lines or ["All history is here: nothing was put away."]


def _until(due: datetime, now: datetime) -> str:
    """When something goes for good: it does so at the first turn after its grace."""
    return f"until {moment_words(due, now)}" if due > now else "only until the next turn"
