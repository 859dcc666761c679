"""Takes the lake's pulse about once a second and hands it to the monitor.

What is cheap is sampled always, so that the monitor has its last minutes when it is opened; what
asks PostgreSQL only while it is seen, one question at a time, in a worker.
"""

from __future__ import annotations

import math
import shutil
import time
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, QTimer

from lake_core.errors import LakeError
from lake_core.lake import Lake
from lake_core.scene.model import SpaceSummary
from lake_core.scene.soundness import Soundness
from lake_core.store.sizes import Silence, TableSize
from lake_core.upkeep.report import DeedKind, UpkeepReport
from studio.desk import LakeDesk
from studio.models.served import alarms_of_server, sample_of, with_rates
from studio.models.vitals import Alarm, Sample, SpaceVitals, Vitals, Weight, alarms_of

PULSE_MS: Final = 1000
WEIGH_MS: Final = 60_000
"""How often the lake is weighed while nobody looks, to know how fast it grows."""
LOOK_EVERY: Final = 5
"""Pulses between two looks at the structure of spaces, which cost by their size."""
LOOK_FOR: Final = 0.25
"""Seconds after which no further space is looked into; the rest have their turn the next time."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one question brought."""

    spaces: list[SpaceVitals]
    sizes: list[TableSize]
    free_bytes: int
    upkeep: UpkeepReport


class Monitoring(QObject):
    """Couples the monitor with one open lake."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self.weight = Weight()
        self._doctor = _Doctor(desk.lake)
        self.vitals = Vitals()
        self._report: Report | None = None
        self._asking = False
        self._pulse = QTimer(self, interval=PULSE_MS)
        self._pulse.timeout.connect(self._beat)
        desk.window.monitor.space_requested.connect(desk.session.show_space)
        desk.window.monitor_shown.connect(self._beat)
        desk.window.monitor.dismiss_requested.connect(self.dismiss)
        self._weigh_timer = QTimer(self, interval=WEIGH_MS)
        self._weigh_timer.timeout.connect(self._weigh)
        self._weigh_timer.start()
        self._pulse.start()
        self._beat()

    @property
    def alarms(self) -> list[Alarm]:
        """What is wrong now."""
        report = self._report
        return [*alarms_of_server(self._desk.session.server), *self._alarms(report)]

    def _alarms(self, report: Report | None) -> list[Alarm]:
        return alarms_of(
            self.vitals.last,
            self.vitals.commits.latest,
            report.spaces if report else (),
            report.free_bytes if report else None,
            report.upkeep.concerns if report else (),
            self.weight.growth,
        )

    def dismiss(self, alarm: Alarm) -> None:
        """Speak no more of a failure; one that comes again is told again."""
        kind: DeedKind = "archive" if alarm.about == "archive" else "retention"
        self._desk.workers.run_in_turn(
            partial(self._desk.lake.dismiss_failure, alarm.space_name, kind),
            lambda _: self._beat(),
            lambda error: self._desk.window.banner.tell(str(error)),
        )

    def _weigh(self) -> None:
        """What the lake weighs now, for how fast it grows; whether the monitor is seen or not."""
        lake = self._desk.lake
        if lake.health().database_ok:
            self._desk.workers.run_in_thread(lake.table_sizes, self._weighed, self._fail_quietly)

    def _weighed(self, sizes: list[TableSize]) -> None:
        self.weight.take(time.time(), float(sum(one.size_bytes for one in sizes)))

    def _fail_quietly(self, error: LakeError) -> None:
        """The next time comes."""

    def _beat(self) -> None:
        lake, window = self._desk.lake, self._desk.window
        health, counters = lake.health(), lake.counters
        if (server := self._desk.session.server) is not None:
            self.vitals.take(sample_of(server, time.time()))
        else:
            self.vitals.take(
                Sample(
                    time=time.time(),
                    events_per_second=health.events_per_second,
                    queue_depth=health.queue_depth,
                    spooled=health.spooled,
                    database_ok=health.database_ok,
                    commits=sum(counters.commits()),
                    commit_seconds=counters.commit_seconds,
                    held=health.held,
                    refused=health.refused,
                )
            )
        if not window.shows_monitor:
            return
        window.monitor.show_vitals(self.vitals, self.alarms)
        window.monitor.show_epochs(window.epochs.model.epochs)
        if not self._asking and health.database_ok:
            self._asking = True
            self._desk.workers.run_in_thread(self._doctor.look, self._show, self._fail)

    def _show(self, report: Report) -> None:
        self._asking, self._report = False, report
        spaces = with_rates(report.spaces, self._desk.session.server)
        self._desk.window.monitor.show_spaces(spaces)
        self._desk.window.monitor.show_sizes(report.sizes)

    def _fail(self, error: LakeError) -> None:
        """That PostgreSQL is away is told by the alarm; the next beat asks again."""
        self._asking = False


class _Look(NamedTuple):
    """When a space was looked into, and how many changes it had by then."""

    time: float
    changes: int


NEVER: Final = _Look(-math.inf, -1)


class _Doctor:
    """The side of the worker threads: one call at a time, whichever thread makes it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._known: dict[str, Soundness] = {}
        self._looked: dict[str, _Look] = {}
        self._looks = 0

    def look(self) -> Report:
        """How the spaces are and what the tables weigh; raises LakeError."""
        spaces = self._lake.spaces()
        if self._looks % LOOK_EVERY == 0:
            self._examine(spaces)
        self._looks += 1
        pauses = {one.space_name: one for one in self._lake.silences()}
        told = [
            _vitals(one, pauses.get(one.space_name), self._known.get(one.space_name))
            for one in spaces
        ]
        free = shutil.disk_usage(self._lake.settings.data_dir).free
        upkeep = self._lake.upkeep_report()
        return Report(told, self._lake.table_sizes(), free, upkeep)

    def _examine(self, spaces: list[SpaceSummary]) -> None:
        """Look into those that changed, as many as a moment allows; the longest unseen first.

        In turn, and not by how much changed: a busy space would keep the quiet ones waiting.
        """
        until = time.monotonic() + LOOK_FOR
        looks = {one.space_name: self._looked.get(one.space_name, NEVER) for one in spaces}
        changed = [one for one in spaces if one.changes > looks[one.space_name].changes]
        for one in sorted(changed, key=lambda one: (looks[one.space_name].time, one.entities)):
            # Noted before: a space that cannot be read must not take every turn.
            self._looked[one.space_name] = _Look(time.monotonic(), one.changes)
            self._known[one.space_name] = self._lake.soundness(one.space_name)
            if time.monotonic() >= until:
                break


def _vitals(
    space: SpaceSummary, pauses: Silence | None, soundness: Soundness | None
) -> SpaceVitals:
    return SpaceVitals(
        space_name=space.space_name,
        entities=space.entities,
        changes=space.changes,
        snapshots=space.snapshots,
        rate=space.rate_per_s,
        last_change=space.last_change.timestamp() if space.last_change else None,
        pauses=pauses.pauses if pauses else -1,
        loops=soundness.loops if soundness else -1,
        orphans=soundness.orphans if soundness else -1,
        same_names=soundness.same_names if soundness else -1,
        quality=soundness.quality if soundness else -1.0,
    )
