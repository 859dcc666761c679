"""Retention in the window: the dialog, plans, and letting go, each deed of which can be undone.

Couples the dialog with one open lake; every question runs in a worker. Of a plan that was shown
nothing else goes than what it told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Event
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from lake_core.errors import LakeError
from studio.desk import LakeDesk
from studio.latest import Latest
from studio.models.choice_words import count_words
from studio.models.retention_plan import WholePlan
from studio.models.upkeep_state import UpkeepState, choice_of
from studio.models.upkeep_words import ALL_SPACES, refusal_words
from studio.panels.dialog_parts import fit
from studio.panels.retention_dialog import RetentionDialog
from studio.panels.retention_fields import Choice
from studio.retention_deeds import (
    Going,
    Outcome,
    Returned,
    bring_back,
    let_go,
    plan_of,
    set_policy,
    told_of,
)
from studio.undoing import Deed
from studio.upkeep_watch import UpkeepWatch


class Retaining(QObject):
    """The dialog while it is open, and what becomes of its wishes."""

    _planned = Signal(int, int)

    def __init__(self, desk: LakeDesk, watch: UpkeepWatch) -> None:
        super().__init__(desk.window)
        self._desk, self._watch = desk, watch
        self.dialog: RetentionDialog | None = None
        self._stopped = Event()
        self._plans = Latest[WholePlan](desk.workers, self._show_plan, self._no_plan, self)
        self._planned.connect(self._tell)
        watch.state_changed.connect(self._show_state)
        watch.history_changed.connect(self._plan_anew)

    def open(self) -> None:
        """Show the policy of the space shown, or of all."""
        if self.dialog is None:
            self.dialog = self._new_dialog()
        self.dialog.open()
        if self._watch.state is not None:
            self.dialog.show_state(self._watch.state)
        fit(self.dialog)
        self._watch.look()

    def stop(self) -> None:
        """Begin no other space: what goes of one goes whole. To be called before closing."""
        self._stopped.set()

    def keep_everything(self, spaces: Sequence[str]) -> None:
        """Let nothing more go of these spaces."""
        for space in spaces:
            self.save(space, None)

    def _new_dialog(self) -> RetentionDialog:
        window = self._desk.window
        dialog = RetentionDialog(self._first_space(), window)
        dialog.addActions([window.actions_.undo, window.actions_.redo])
        dialog.plan_requested.connect(self._plan)
        dialog.plan_cancelled.connect(self._cancel_plan)
        dialog.stop_requested.connect(self.stop)
        dialog.save_requested.connect(self.save)
        dialog.apply_requested.connect(self.apply)
        dialog.bring_back_requested.connect(self.bring_back)
        dialog.finished.connect(self._closed)
        return dialog

    def _first_space(self) -> str:
        """One with rules of its own is shown at once; else those of all."""
        space, state = self._desk.session.space_name, self._watch.state
        return space if state is not None and space in state.retentions else ""

    def _closed(self) -> None:
        self._plans.forget()
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def _show_state(self, state: UpkeepState) -> None:
        if self.dialog is not None:
            self.dialog.show_state(state)

    # -- plans

    def _plan_anew(self) -> None:
        if self.dialog is not None:
            self.dialog.plan_anew()

    def _plan(self, space: str | None, choice: Choice) -> None:
        lake, tell = self._desk.lake, self._planned.emit
        self._plans.ask(lambda is_stale: plan_of(lake, space, choice, is_stale, tell))

    def _cancel_plan(self) -> None:
        self._plans.forget()
        if self.dialog is not None:
            self.dialog.show_fault("No plan was made; change a rule to make one.")

    def _tell(self, done: int, total: int) -> None:
        if self.dialog is not None:
            self.dialog.view.tell(done, total)

    def _show_plan(self, plan: WholePlan) -> None:
        if self.dialog is not None:
            self.dialog.show_plan(plan)

    def _no_plan(self, error: LakeError) -> None:
        if self.dialog is not None:
            self.dialog.show_fault(refusal_words(error))

    # -- deeds

    def save(self, space: str | None, choice: Choice) -> None:
        """Set what is kept of a space, or of all."""
        lake = self._desk.lake

        def deed() -> Choice:
            before = choice_of(lake.retentions(), space)  # now: what is shown may be older
            set_policy(lake, space, choice)
            return before

        self._desk.workers.run_in_turn(deed, partial(self._was_saved, space, choice), self._fail)

    def apply(self, space: str | None, choice: Choice, plan: WholePlan) -> None:
        """Let go what a plan told would go; its policy holds from now on."""
        lake, stopped, tell = self._desk.lake, self._stopped, self._planned.emit
        stopped.clear()
        if self.dialog is not None:
            self.dialog.show_busy(f"Letting {count_words(plan.going, 'snapshot')} go…")

        def deed() -> tuple[Choice, Outcome]:
            before = choice_of(lake.retentions(), space)
            if choice != before:
                set_policy(lake, space, choice)
            return before, let_go(lake, plan, stopped.is_set, tell)

        self._desk.workers.run_in_turn(deed, partial(self._was_applied, space, choice), self._fail)

    def bring_back(self, spaces: Sequence[str]) -> None:
        """Bring back all of these spaces that went and is not gone for good."""
        lake = self._desk.lake
        self._desk.workers.run_in_turn(
            lambda: {name: lake.undo_retention(name) for name in spaces},
            self._are_back,
            self._fail,
        )

    def _was_saved(self, space: str | None, choice: Choice, before: Choice) -> None:
        if self.dialog is not None:
            self.dialog.saved(space)
            self.dialog.show_result("Saved.")
        lake = self._desk.lake
        self._desk.window.undo_stack.push(
            Deed(
                f"the retention of {space or ALL_SPACES.lower()}",
                partial(self._turn, lambda: set_policy(lake, space, choice)),
                partial(self._turn, lambda: set_policy(lake, space, before)),
            )
        )
        self._watch.look()

    def _was_applied(self, space: str | None, choice: Choice, done: tuple[Choice, Outcome]) -> None:
        before, outcome = done
        gone, lake = outcome.gone, self._desk.lake
        count = sum(map(len, gone.values()))
        self._forget_choice(gone)
        if self.dialog is not None:
            self.dialog.saved(space)
            self.dialog.show_result(
                outcome.trouble or told_of(outcome), fault=bool(outcome.trouble)
            )
            self.dialog.plan_anew()

        def back() -> Returned:
            if choice != before:
                set_policy(lake, space, before)
            return bring_back(lake, gone)

        def again() -> None:
            if choice != before:
                set_policy(lake, space, choice)
            for name, ids in gone.items():
                policy = lake.retention_of(name)
                if policy is not None:
                    lake.apply_retention(name, policy, among=ids)

        if gone or choice != before:
            words = f"letting {count_words(count, 'snapshot')} go"
            told = () if choice != before else tuple(gone)
            self._desk.window.undo_stack.push(
                Deed(words, partial(self._turn, again), partial(self._turn, back, told))
            )
        self._watch.look()

    def _forget_choice(self, gone: Going) -> None:
        """Of what went nothing can be made."""
        ids = {one for each in gone.values() for one in each}
        session = self._desk.session
        session.choose(one for one in session.chosen_snapshots if one not in ids)

    def _are_back(self, found: Mapping[str, Sequence[UUID]]) -> None:
        count = sum(map(len, found.values()))
        if self.dialog is not None:
            self.dialog.show_result(f"{count_words(count, 'snapshot')} are back.")
            self.dialog.plan_anew()
        self._warn([name for name, ids in found.items() if ids])
        self._watch.look()

    def _turn(self, call: Callable[[], Returned | None], back: Sequence[str] = ()) -> None:
        """One step back or forth; what came `back` under a policy that holds is told."""
        self._desk.workers.run_in_turn(call, partial(self._turned, back), self._fail)

    def _turned(self, back: Sequence[str], told: Returned | None) -> None:
        if self.dialog is not None:
            self.dialog.plan_anew()
        self._warn(back)
        if told is not None and told.asked:
            self._tell_back(told)
        self._watch.look()

    def _tell_back(self, told: Returned) -> None:
        window = self._desk.window
        if self.dialog is not None:
            self.dialog.show_result(told.words, fault=not told.is_whole)
        elif told.is_whole:
            window.status.showMessage(told.words, 4000)
        else:
            deed = "Archives" if told.others.archived else ""
            window.banner.tell(told.words, deed=deed, do=window.actions_.archives.trigger)

    def _warn(self, spaces: Sequence[str]) -> None:
        """What is back goes again at the next turn where its policy still holds."""
        state = self._watch.state
        held = [name for name in spaces if state is not None and state.retention_of(name)]
        if held:
            names = ", ".join(held[:3]) + (f" and {len(held) - 3:,} more" if len(held) > 3 else "")
            self._desk.window.banner.tell(
                f"What is back of {names} goes again within ten minutes: its rules still hold",
                deed="Keep everything",
                do=partial(self.keep_everything, held),
            )

    def _fail(self, error: LakeError) -> None:
        if self.dialog is not None:
            self.dialog.show_result(refusal_words(error), fault=True)
        else:
            self._desk.window.banner.tell_failure(error)
        self._watch.look()
