"""What is said of schedules, retention and archives, in a person's words and time. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from lake_core.errors import Gone, InvalidInput, LakeError, PlaceFault
from lake_core.upkeep.holding import HistoryHeld, Hold, Holder, NothingToArchive
from lake_core.upkeep.report import ArchivedStretch
from lake_core.upkeep.retention import Decision, Retention, span
from lake_core.upkeep.schedule import Schedule
from studio.models.choice_words import count_words
from studio.models.plain_values import capitalised
from studio.models.vitals import size_words
from studio.render.time_axis import span_words

ALL_SPACES: Final = "All spaces"
SETTLING: Final = timedelta(minutes=10)
"""So long what was archived stays here as well, for who reads it."""
FIELD_WORDS: Final = {
    "every": "Every",
    "cron": "Times",
    "zone": "Time zone",
    "jitter": "Spread",
    "until": "Thinning",
}
HINTS: Final = (
    (
        (
            "access_denied",
            "access denied",
            "forbidden",
            "403",
            "credential",
            "signature",
            "no such key id",
        ),
        "The store does not let this program in: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
        "where the Studio is started.",
    ),
    (
        ("no such bucket", "nosuchbucket", "bucket does not exist", "not_found", "404"),
        "Make the bucket first, or mend its name.",
    ),
    (
        ("resolve", "connect", "network", "timeout", "timed out", "unreachable"),
        "Look whether the store is up; one that is not Amazon's is given as "
        "s3://bucket/folder?endpoint_override=http://host:port.",
    ),
    (("permission", "read-only", "no such file"), "Choose a folder that you may write to."),
    (("no space left", "disk quota"), "Make room there, or choose another disk."),
    (
        ("not a directory", "file exists"),
        "A file is in the way: choose another folder.",
    ),
)
"""By what the system says of a place: what to do."""
_SHELL_WORDS: Final = (
    (re.compile(r"what is before \d+ must stay here: "), ""),
    (re.compile("or archive less with --before"), "or put less away"),
    (re.compile("say up to when with --before"), "say before when"),
    (
        re.compile(r"forget that \(`[^`]*`: all stays here\), and archive anew elsewhere"),
        "keep its history here, and put it away anew, elsewhere",
    ),
    (
        re.compile(r"or archive it there again with --wait; or keep it here, with `[^`]*`"),
        "finish it, or keep it here",
    ),
)
_SNAPSHOT: Final = re.compile(r"snapshot [0-9a-f-]{36} of (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_REQUEST: Final = re.compile(r"\s*\(Request ID: [^)]*\)")


CRON_FAULTS: Final = (
    ("never comes", "That never comes: there is no such day."),
    ("bad second", "The first of six fields, the second, is 0 to 59, or * for each."),
    ("bad minute", "The minute, the first field, is 0 to 59; */15 is each quarter of an hour."),
    ("bad hour", "The hour, the second field, is 0 to 23; 8-18 is each hour from 8 to 18."),
    ("bad day-of-month", "The day, the third field, is 1 to 31, in a month that has it."),
    ("bad month", "The month, the fourth field, is 1 to 12, or jan to dec."),
    ("bad day-of-week", "The weekday, the fifth field, is 0 to 7 from Sunday; mon-fri will do."),
)
LETTING_GO: Final = {
    Hold.PINNED: "Unpin it",
    Hold.IN_EPOCH: "Delete the epoch",
    Hold.BOOKMARKED: "Delete the bookmark",
}


def schedule_words(schedule: Schedule | None) -> str:
    """`every 5 minutes`, `at 0 3 * * * (UTC)`; `none`."""
    if schedule is None:
        return "none"
    if schedule.every is not None:
        when = f"every {span(schedule.every).removeprefix('1 ')}"
    else:
        when = f"at {schedule.cron} ({schedule.zone})"
    return when + ("" if schedule.only_if_changed else ", changed or not")


def retention_words(retention: Retention | None) -> str:
    """What a policy keeps: `the newest 10, all younger than 1 day, one each hour for 7 days`."""
    if retention is None:
        return "everything"
    told = [f"the newest {retention.newest:,}"]
    told += [f"all younger than {span(retention.younger)}"] if retention.younger else []
    told += [
        f"one each {span(step.every).removeprefix('1 ')} for {span(step.until)}"
        for step in retention.thin
    ]
    return ", ".join(told)


def moment_words(moment: datetime, now: datetime) -> str:
    """A moment near or far, in local time: `12:05:00`, `Tue 03:00`, `12 Nov 03:00`, with a year."""
    local, today = moment.astimezone(), now.astimezone()
    days = abs((local.date() - today.date()).days)
    if days == 0:
        return f"{local:%H:%M:%S}"
    if days < 7 and local > today:
        return f"{local:%a %H:%M}"
    return f"{local:%d %b %H:%M}" if local.year == today.year else f"{local:%d %b %Y, %H:%M}"


def distance_words(moment: datetime, now: datetime) -> str:
    """How far off a moment is: `in 4 min`, `2 h ago`, `now`; in one unit."""
    seconds = (moment - now).total_seconds()
    if abs(seconds) < 1.0:
        return "now"
    said = coarse_span(abs(seconds))
    return f"in {said}" if seconds > 0 else f"{said} ago"


def coarse_span(seconds: float) -> str:
    """A length of time in its largest unit, so that it can be read while it changes."""
    for size in (86_400.0, 3600.0, 60.0, 1.0):
        if seconds >= size:
            return span_words(seconds // size * size)
    return span_words(seconds)


def times_words(moments: Sequence[datetime], now: datetime) -> str:
    """Moments one after another: `12:05:00 · 12:10:00`, the day only where it is another."""
    return "   ·   ".join(moment_words(moment, now) for moment in moments)


def refusal_words(error: LakeError) -> str:
    """What the lake refused, as a sentence: without the pointer to the field, and with a hint."""
    words = str(error)
    if isinstance(error, InvalidInput) and error.errors:
        fault = error.errors[0]
        field = FIELD_WORDS.get(fault.pointer.rsplit("/", 1)[-1], "")
        reason = fault.reason
        words = f"{field}: {reason}" if field else reason
    words = capitalised(words)
    return words if words.endswith((".", "!", "?")) else f"{words}."


def cron_words(error: LakeError, cron: str) -> str:
    """Why an expression is none, and what one looks like."""
    fields = len(cron.split())
    if fields not in (5, 6):
        return (
            f"Five fields are needed, and this has {fields}: minute, hour, day, month, weekday. "
            "0 3 * * * is 3:00 every day."
        )
    found = next((told for sign, told in CRON_FAULTS if sign in str(error).lower()), "")
    return found or "This cannot be read. 0 3 * * * is 3:00 every day."


# -- retention


def reason_words(decisions: Iterable[Decision], most: int = 6) -> str:
    """Why what stays does, the most frequent first: `younger than 1 day: 210  ·  pinned: 12`."""
    counts = Counter(each.because for each in decisions if not each.goes)
    ranked = counts.most_common(most)
    told = [f"{reason}: {count:,}" for reason, count in ranked]
    rest = sum(counts.values()) - sum(count for _, count in ranked)
    return "  ·  ".join([*told, f"for other reasons: {rest:,}"] if rest else told)


def going_words(going: int, total: int, freed: int) -> str:
    """`120 of 400 snapshots go, about 3.2 MB`."""
    if not total:
        return "There are no snapshots yet."
    if not going:
        return f"Nothing goes: all {count_words(total, 'snapshot')} stay."
    size = f", and about {size_words(freed)} with them" if freed else ""
    return f"{going:,} of {count_words(total, 'snapshot')} go{size}."


def recoverable_words(expired: int, by_hand: int, until: datetime | None, now: datetime) -> str:
    """What can be brought back and how long; "" where there is nothing."""
    if not expired:
        return ""
    told = f"{count_words(expired, 'snapshot')} that went can be brought back"
    if until is not None:
        told += (
            f"; the first is gone for good {moment_words(until, now)}"
            if until > now
            else "; the first is gone for good at the next turn"
        )
    return f"{told}." + (f" {by_hand:,} more were deleted by hand." if by_hand else "")


# -- archives


def state_words(stretch: ArchivedStretch, now: datetime) -> str:
    """Where an archived stretch is now."""
    if stretch.state == "archived":
        return "there alone"
    if stretch.state == "writing":
        return "not whole"
    leaves = stretch.at + SETTLING
    return f"here too, until {moment_words(leaves, now)}" if leaves > now else "here too, goes soon"


def stretch_line(changes: int, snapshots: int, begin: datetime, end: datetime) -> str:
    """What is put away: `12,345 changes, 34 snapshots, 12 Nov 08:31 to 20 Nov 12:00`."""
    held = f"{count_words(changes, 'change')}, {count_words(snapshots, 'snapshot')}"
    return f"{held},  {begin.astimezone():%d %b %Y %H:%M} to {end.astimezone():%d %b %Y %H:%M}"


def holder_words(holder: Holder, now: datetime) -> str:
    """What needs history: `the snapshot of 12:05:00 is pinned`."""
    at = moment_words(holder.at, now)
    if holder.why is Hold.BOOKMARKED:
        return f"{f'the bookmark ‘{holder.name}’' if holder.name else 'a bookmark'} is at {at}"
    state = "pinned" if holder.why is Hold.PINNED else f"in the epoch ‘{holder.name}’"
    return f"the snapshot of {at} is {state}"


def unarchivable_words(error: LakeError, before: datetime | None, now: datetime) -> str:
    """Why nothing, or no more, can be put away; `before` is what was asked for, None: all."""
    if isinstance(error, HistoryHeld):
        first, more = error.holders[0], len(error.holders) - 1
        others = f", and {more:,} more after it must stay" if more else ""
        words = f"{holder_words(first, now)}{others}: only what is before it can go. "
        return f"{capitalised(words)}{LETTING_GO[first.why]}, or choose an earlier time."
    if isinstance(error, Gone):
        return "There is nothing before that here: it was put away or let go already."
    if not isinstance(error, NothingToArchive):
        return refusal_words(error)
    if error.begins is None:
        return "Nothing can go: nothing has changed here yet."
    begins = moment_words(error.begins, now)
    if before is not None:
        return f"There is nothing before that: the history here begins at {begins}."
    if error.holder is not None:
        held = holder_words(error.holder, now)
        return f"Nothing can go: the history here begins at {begins}, and {held}."
    return f"Nothing can go yet: the history here begins at {begins}, with the newest snapshot."


def place_advice(error: LakeError) -> str:
    """What went wrong at a place and what to do, as one or two sentences."""
    words = _REQUEST.sub("", refusal_words(error))
    if not isinstance(error, PlaceFault):  # others speak of connections too
        return words
    lowered = words.lower()
    for signs, hint in HINTS:
        if any(sign in lowered for sign in signs):
            return f"{words} {hint}"
    return words


def for_window(words: str) -> str:
    """What the lake says to a shell as well: without ids, in local time, nothing to type there."""
    for told, said in _SHELL_WORDS:
        words = told.sub(said, words)
    return _SNAPSHOT.sub(_snapshot_words, words)


def _snapshot_words(found: re.Match[str]) -> str:
    at = datetime.fromisoformat(f"{found[1]}+00:00").astimezone()
    return f"the snapshot of {at:%d %b %Y %H:%M:%S}"


def place_fault(text: str) -> str:
    """What is wrong with a place as it was typed; "" where it can be tried."""
    text = text.strip()
    if not text:
        return "Say where: a folder, or a URL such as s3://bucket/folder."
    if "://" not in text and not text.startswith(("/", "~")) and text[1:3] not in (":\\", ":/"):
        return "Give the whole path of a folder, or a URL such as s3://bucket/folder."
    return ""
