"""Outages of PostgreSQL: how they are met and how they end, and when the spool is delivered.

Meanwhile requests go to the shelter, and a thread of its own tries until PostgreSQL answers. Then
slices of what rests there go out in turn with what is new, which goes behind it. Belongs to the
lake thread but where it says otherwise.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from lake_core.errors import DatabaseUnavailable, LakeError
from lake_core.group import Group
from lake_core.inbox import Inbox
from lake_core.jobs import Job, settle
from lake_core.live import Changed
from lake_core.news import News
from lake_core.register import SpaceRegister
from lake_core.shelter import Shelter
from lake_core.store.database import Database, translated

_log = logging.getLogger(__name__)

_FIRST_RETRY_S: Final = 0.1
_LONGEST_RETRY_S: Final = 2.0


class Outage:
    """Whether there is one, and what is done about it.

    `database_ok` is false while PostgreSQL is away, and until what rests in the spool is there.
    """

    def __init__(
        self,
        database: Database,
        register: SpaceRegister,
        shelter: Shelter,
        inbox: Inbox,
        news: News,
        revive: Callable[[], None],
        waited: Callable[[], float],
    ) -> None:
        """`revive` does what it can to bring PostgreSQL back, or raises DatabaseUnavailable.

        `waited` tells for how many seconds the work at hand has waited for PostgreSQL.
        """
        self.database_ok = True
        self._database = database
        self._register = register
        self._shelter = shelter
        self._inbox = inbox
        self._news = news
        self._revive = revive
        self._waited = waited
        self._ended = threading.Event()
        self._looks = False

    # -- from any thread

    def begin(self, *, away: bool, deliver: bool) -> None:
        """Before the lake thread runs: `away` and `deliver` as `Writer.start` has them."""
        self._database.is_away = away
        if away or (deliver and self._shelter.open()):
            self._go_away()

    def end(self) -> None:
        """Try no more."""
        self._ended.set()

    def suspect(self) -> None:
        """Someone found PostgreSQL away: look too, where nothing is written it would not show."""
        if self.database_ok and not self._looks:
            self._looks = True
            with suppress(DatabaseUnavailable):  # the lake is closing
                self._inbox.ask(self._look)

    # -- in the lake thread: while it is away

    def meet(self, error: DatabaseUnavailable) -> None:
        """PostgreSQL does not answer: from now on requests take shelter."""
        _log.error("PostgreSQL is away, changes go to the spool: %s", error)
        self._database.hung = self._waited()
        self._database.is_away = True
        self._go_away()

    def take(self, jobs: Sequence[Job], interrupted: Group | None = None) -> None:
        """Let requests take shelter; `interrupted` as `Shelter.take` has it."""
        try:
            group = self._shelter.take(jobs, interrupted)
        except Exception as error:  # full, or a bug: what memory took is not durable
            if not isinstance(error, LakeError):
                _log.exception("taking shelter met a bug")
            self._register.forget_all()
            settle((job, error) for job in jobs)
            return
        for told in (group, *([interrupted] if interrupted else [])):
            changes = [notice for notice in told.notices if isinstance(notice, Changed)]
            self._news.count(changes)
            self._news.tell(changes, told.touched.values())

    def _look(self) -> None:
        self._looks = False
        if not self.database_ok:
            return
        try:
            with translated():
                self._register.connection().execute("SELECT 1")
        except DatabaseUnavailable as error:
            self.meet(error)

    def _go_away(self, retry_after: float = _FIRST_RETRY_S) -> None:
        self.database_ok = False
        self._register.away = True
        self._register.delivering = False
        looking = partial(self._await_return, retry_after)
        threading.Thread(target=looking, name="lake-return", daemon=True).start()

    def _await_return(self, delay: float) -> None:
        """In a thread of its own: try until PostgreSQL answers, then let the lake thread know."""
        told = ""
        while not self._ended.wait(delay):
            delay = min(2 * delay, _LONGEST_RETRY_S)
            try:
                self._revive()
                self._database.reach()
                self._inbox.ask(self._begin_delivery)
            except DatabaseUnavailable as error:
                _log.debug("PostgreSQL is still away: %s", error)
            except LakeError as error:  # it answers, and someone must do something
                if str(error) != told:
                    told = str(error)
                    _log.error("changes go on to the spool: %s", error)
            except Exception:
                _log.exception("looking for PostgreSQL met a bug")
            else:
                return

    # -- in the lake thread: when it is back

    def look_at_held(self) -> None:
        """Go on with what waits in the spool once another process has let go of a space."""
        self._shelter.count_refused()
        if not self.database_ok or self._shelter.seconds_to_look() > 0.0:
            return
        try:
            if self._shelter.look():
                self._shelter.begin()
                self._inbox.put_behind(self._deliver)
        except DatabaseUnavailable as error:
            self.meet(error)

    def _begin_delivery(self) -> None:
        _log.info("PostgreSQL is back, %d requests are delivered", self._shelter.count)
        self._database.is_away = False
        self._register.delivering = True
        self._register.start_anew()
        self._shelter.begin()
        self._deliver()

    def _deliver(self) -> None:
        """Deliver a slice of the spool, then let what queued meanwhile go behind the rest."""
        if self._register.away:
            return  # it was lost again; all begins anew when it is back
        try:
            group = self._shelter.deliver()
        except Exception as error:  # a bug, too, must not keep it from being tried again
            is_bug = not isinstance(error, LakeError)
            words = "%d requests still wait in the spool: %s"
            _log.error(words, self._shelter.count, error, exc_info=is_bug)
            self._register.forget_all()  # memory is behind what waits there
            self._go_away(_LONGEST_RETRY_S)
            return
        if group is None:
            self._settle()
            return
        self._news.tell(group.notices, group.touched.values())
        self._inbox.put_behind(self._deliver)

    def _settle(self) -> None:
        """All that can be delivered is: it is over."""
        self.database_ok = True
        self._register.delivering = False
        if held := self._shelter.held:
            words = "%d requests wait in the spool until another process lets go of %s"
            _log.warning(words, self._shelter.count, ", ".join(held))
        else:
            _log.info("the spool is empty")
