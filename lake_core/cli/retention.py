"""`lake retention`: which snapshots are kept, by space, and letting the others go.

It reads and writes the database; servers that run take note within a minute.
"""

from __future__ import annotations

from typing import Annotated, Final

import typer
from msgspec import Struct

from lake_core.cli.shared import ALL_OTHERS, Json, MaybeSpace, command, opened
from lake_core.cli.show import Listing, print_fields, print_json, time_text
from lake_core.errors import InvalidInput
from lake_core.keeping import Cleared, RetentionPlan
from lake_core.lake import Lake
from lake_core.scene.model import Trigger
from lake_core.settings import Settings
from lake_core.upkeep.lengths import parse_length
from lake_core.upkeep.retention import AUTOMATIC, Decision, Retention, Thinning, span

retention_app = typer.Typer(help="Which snapshots are kept, and letting the others go.")

Space = Annotated[str, typer.Argument(help="Name of the space.")]


class _Line(Struct):
    space_name: str | None
    policy: Retention | None


def parse_thinning(text: str) -> Thinning:
    """`1h:7d`, one an hour for a week, as a step of thinning; raises InvalidInput."""
    every, colon, until = text.partition(":")
    if not colon:
        raise InvalidInput(f"--thin {text}: expected e.g. 1h:7d, one an hour for a week")
    return Thinning(every=parse_length(every), until=parse_length(until))


Younger = Annotated[str, typer.Option(help="Keep all younger than this, such as 1d.")]
Thin = Annotated[
    list[str] | None,
    typer.Option(help="Beyond, keep one each so long until so old: 1h:7d. Can be repeated."),
]
Triggers = Annotated[
    list[str] | None,
    typer.Option(
        "--trigger", help=f"Only snapshots taken for this go; {', '.join(AUTOMATIC)} by default."
    ),
]


@command(
    retention_app,
    "set",
    "lake retention set my_space --newest 10 --younger 1d --thin 1h:7d --thin 1d:365d",
    "lake retention set --keep-all",
)
def set_retention(
    settings: Settings,
    space: MaybeSpace = None,
    newest: Annotated[int | None, typer.Option(min=1, help="Keep so many of the newest.")] = None,
    younger: Younger = "0",
    thin: Thin = None,
    trigger: Triggers = None,
    grace: Annotated[str, typer.Option(help="How long it can be undone.")] = "7d",
    keep_all: Annotated[bool, typer.Option("--keep-all", help="Let nothing go.")] = False,
) -> None:
    """Set what is kept of a space; running servers apply it every ten minutes."""
    retention = _retention(newest or 1, younger, thin, trigger, grace)
    if not keep_all and newest is None and not retention.younger and not retention.thin:
        # Nothing said would keep the newest alone, and let all the others go.
        raise InvalidInput("say what is kept: --newest, --younger or --thin; or --keep-all")
    with opened(settings) as lake:
        lake.set_retention(space, None if keep_all else retention)


@command(retention_app, "list", "lake retention list --json")
def list_retentions(settings: Settings, json: Json = False) -> None:
    """The retention policies that are set."""
    with opened(settings) as lake:
        lines = [_Line(name, policy) for name, policy in lake.retentions().items()]
    _RETENTIONS.show(lines, json=json)


@command(retention_app, "clear", "lake retention clear my_space")
def clear_retention(settings: Settings, space: MaybeSpace = None) -> None:
    """Let what is set for all hold for a space again."""
    with opened(settings) as lake:
        if not lake.clear_retention(space):
            raise InvalidInput(f"no retention policy is set for {space or 'all'}")


@command(
    retention_app,
    "plan",
    "lake retention plan my_space",
    "lake retention plan my_space --newest 10 --thin 1h:7d",
    "lake retention plan --newest 10",
)
def plan(
    settings: Settings,
    space: MaybeSpace = None,
    newest: Annotated[int | None, typer.Option(min=1, help="Try this: newest kept.")] = None,
    younger: Younger = "0",
    thin: Thin = None,
    trigger: Triggers = None,
    grace: Annotated[str, typer.Option(help="How long it could be undone.")] = "7d",
    json: Json = False,
) -> None:
    """What would go and why the rest stays; nothing is done. With rules, what they would do.

    Without a space: of all that have no policy of their own, or of each by the one in force.
    """
    tried = newest is not None or thin or trigger or parse_length(younger) > 0
    rules = _retention(newest or 1, younger, thin, trigger, grace) if tried else None
    with opened(settings) as lake:
        names = [space] if space else _governed(lake, tried=rules is not None)
        told = [lake.plan_retention(name, rules) for name in names]
    if json:
        print_json(told[0] if space else told)
    elif space:
        _DECISIONS.show(told[0].decisions, json=False)
        print_fields(_plan_fields(told[0]))
    else:
        _PLANS.show(told, json=False)


def _governed(lake: Lake, *, tried: bool) -> list[str]:
    """The spaces that a plan for all is about."""
    if not tried:
        return list(lake.governed())
    own = lake.retentions()
    return [each.space_name for each in lake.spaces() if each.space_name not in own]


@command(retention_app, "apply", "lake retention apply my_space", "lake retention apply")
def apply(settings: Settings, space: MaybeSpace = None, json: Json = False) -> None:
    """Let go what the policy in force lets go; it can be undone until its grace is over."""
    with opened(settings) as lake:
        names = lake.governed() if space is None else [space]
        cleared = [lake.apply_retention(name) for name in names]
        left = {name: plan.changes for name in names if (plan := _left(lake, name)) is not None}
    _CLEARED.show(cleared, json=json)
    if not json:
        for name, changes in left.items():
            print(f"{name}: {changes:,} changes more are not needed; {_LATER}")


def _left(lake: Lake, space_name: str) -> RetentionPlan | None:
    """What there is still to go of a space's log after a turn."""
    if lake.retention_of(space_name) is None:
        return None
    plan = lake.plan_retention(space_name)
    return plan if plan.changes else None


@command(retention_app, "undo", "lake retention undo my_space")
def undo(settings: Settings, space: Space) -> None:
    """Bring back what retention let go and has not purged yet."""
    with opened(settings) as lake:
        print(f"{len(lake.undo_retention(space)):,} snapshots are back")


def _retention(
    newest: int, younger: str, thin: list[str] | None, trigger: list[str] | None, grace: str
) -> Retention:
    known: dict[str, Trigger] = {name: name for name in ("manual", *AUTOMATIC)}
    if unknown := set(trigger or ()) - known.keys():
        raise InvalidInput(f"--trigger {min(unknown)}: choose of {', '.join(known)}")
    return Retention(
        newest=newest,
        younger=parse_length(younger),
        thin=tuple(map(parse_thinning, thin or ())),
        triggers=tuple(known[name] for name in trigger) if trigger else AUTOMATIC,
        grace=parse_length(grace),
    )


# -- what they look like

_LATER: Final = (
    "they go at a turn ten minutes from now at the soonest, once nobody reads them, and once "
    "the grace of what needs them is over"
)


def _keeps(retention: Retention | None) -> str:
    if retention is None:
        return "everything"
    told = [f"the newest {retention.newest:,}"]
    told += [f"all younger than {span(retention.younger)}"] if retention.younger else []
    told += [f"one each {span(step.every)} for {span(step.until)}" for step in retention.thin]
    return ", ".join(told)


def _plan_fields(told: RetentionPlan) -> dict[str, object]:
    going = sum(decision.goes for decision in told.decisions)
    return {
        "keeps": _keeps(told.retention),
        "snapshots that go": f"{going:,} of {len(told.decisions):,}",
        "changes that go": f"{told.changes:,}",
        "bytes freed, about": f"{told.bytes:,}",
    }


def _plan(told: RetentionPlan) -> tuple[str, ...]:
    fields = list(_plan_fields(told).values())
    return told.space_name, *map(str, fields[1:])


def _decision(decision: Decision) -> tuple[str, ...]:
    snapshot = decision.snapshot
    lot = "goes" if decision.goes else "stays"
    return str(snapshot.id), time_text(snapshot.timestamp), snapshot.trigger, lot, decision.because


def _cleared(cleared: Cleared) -> tuple[str, ...]:
    expired, purged = len(cleared.expired), len(cleared.purged)
    return cleared.space_name, f"{expired:,}", f"{purged:,}", f"{cleared.changes:,}"


_RETENTIONS: Final[Listing[_Line]] = Listing(
    ("space", "keeps"),
    lambda line: (line.space_name or ALL_OTHERS, _keeps(line.policy)),
    "everything is kept: no retention policy is set",
)
_DECISIONS: Final = Listing(
    ("snapshot", "time", "trigger", "lot", "because"), _decision, "there is no snapshot"
)
_PLANS: Final = Listing(
    ("space", "snapshots that go", "changes that go", "bytes freed, about"),
    _plan,
    "no retention policy is in force: everything is kept; name rules to try, such as --newest 10",
)
_CLEARED: Final = Listing(
    ("space", "expired", "purged", "changes dropped"),
    _cleared,
    "no retention policy is in force: everything is kept",
)
