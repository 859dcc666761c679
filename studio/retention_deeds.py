"""Retention's deeds on a lake, for worker threads: plan, let go, set. They block.

Raises what the lake refuses; knows no window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lake_core.errors import Cancelled, LakeError
from lake_core.keeping import Cleared
from lake_core.lake import Lake
from lake_core.upkeep.report import Whereabouts
from lake_core.upkeep.retention import Retention
from studio.latest import IsStale
from studio.models.choice_words import count_words
from studio.models.retention_plan import WholePlan
from studio.models.upkeep_state import Inherits
from studio.models.upkeep_words import refusal_words
from studio.panels.retention_fields import Choice

Going = Mapping[str, Sequence[UUID]]
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was let go before something went wrong, if anything did."""

    cleared: tuple[Cleared, ...]
    trouble: str = ""

    @property
    def gone(self) -> Going:
        """What can be brought back, by space."""
        return {one.space_name: one.expired for one in self.cleared if one.expired}


@dataclass(frozen=True, slots=True)
class Returned:
    """How many of the snapshots that were let go came back, and where the others are."""

    asked: int
    back: int
    others: Whereabouts

    @property
    def is_whole(self) -> bool:
        """Whether all are here."""
        return self.back + self.others.here == self.asked

    @property
    def words(self) -> str:
        """What came of it, and what can be done."""
        found = [f"{self.back:,} of {count_words(self.asked, 'snapshot')} came back."]
        if self.others.here:
            found.append(f"Back already: {self.others.here:,}.")
        if self.others.archived:
            found.append(
                f"Archived by now: {self.others.archived:,}; restore the archive for them."
            )
        if self.others.gone:
            found.append(f"Gone for good: {self.others.gone:,}.")
        return " ".join(found)


def plan_of(
    lake: Lake, space: str | None, choice: Choice, is_stale: IsStale, tell: Tell
) -> WholePlan:
    """What a choice for a space, or for all without their own, would do. Blocks."""
    policies = dict(lake.retentions())
    if isinstance(choice, Inherits):
        policies.pop(space, None)
    else:
        policies[space] = choice
    names = lake.space_names() if space is None else [space]
    plans, without = [], []
    for done, name in enumerate(names):
        if is_stale():
            raise Cancelled("the plan was not wanted any more")
        tell(done, len(names))
        policy = policies.get(name, policies.get(None))
        if isinstance(policy, Retention):
            plans.append(lake.plan_retention(name, policy))
        else:
            without.append(name)
    return WholePlan.of(plans, without)


def let_go(lake: Lake, plan: WholePlan, is_stopped: IsStale, tell: Tell) -> Outcome:
    """Let go what a plan tells, space by space, up to the first that cannot be. Blocks."""
    cleared: list[Cleared] = []
    for done, one in enumerate(plan.plans):
        if is_stopped():
            return Outcome(tuple(cleared), "Stopped; what had gone can be brought back.")
        tell(done, len(plan.plans))
        try:
            going = plan.going_of[one.space_name]
            told = lake.apply_retention(one.space_name, one.retention, among=going)
            cleared.append(told)
        except LakeError as error:
            return Outcome(tuple(cleared), refusal_words(error))
    return Outcome(tuple(cleared))


def bring_back(lake: Lake, gone: Going) -> Returned:
    """Bring back what was let go, as far as it is to be had. Blocks; raises LakeError."""
    asked = {one for ids in gone.values() for one in ids}
    back = {one for name, ids in gone.items() for one in lake.undo_retention(name, ids)}
    return Returned(len(asked), len(back), lake.whereabouts(asked - back))


def set_policy(lake: Lake, space: str | None, choice: Choice) -> None:
    """Set what is kept. Blocks; raises LakeError."""
    if isinstance(choice, Inherits) or (choice is None and space is None):
        lake.clear_retention(space)
    else:
        lake.set_retention(space, choice)


def told_of(outcome: Outcome) -> str:
    """What was let go, in words."""
    gone = sum(len(one.expired) for one in outcome.cleared)
    purged = sum(len(one.purged) for one in outcome.cleared)
    changes = sum(one.changes for one in outcome.cleared)
    words = f"{count_words(gone, 'snapshot')} went; Undo (Ctrl+Z) brings them back."
    if purged:
        words += f" {purged:,} that went earlier are gone for good."
    return words + (f" {count_words(changes, 'change')} dropped." if changes else "")
