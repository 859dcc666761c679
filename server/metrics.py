"""`/metrics` for Prometheus: what the lake thread counted, how deep its queues are, how it answers.

Reads counters that others keep; asks the database for its size at most once a minute. Nothing
here is on the way of a request but one sum in a dictionary.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from lake_core.counters import COMMIT_BUCKETS, Counters
from lake_core.errors import DatabaseUnavailable
from lake_core.lake import Lake
from lake_core.scene.model import LakeStatistics
from lake_core.upkeep.report import UpkeepReport
from server.answers import Worker
from server.gate import LakeGate
from server.limits import BodyReader

PATH: Final = "/metrics"
NO_ROUTE: Final = "none"
OTHER_METHOD: Final = "other"
SIZES_SECONDS: Final = 60.0

_METHODS: Final = hdrs.METH_ALL


class RequestCounts:
    """How many requests were answered, by method, route and status. The loop's own."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()

    def add(self, request: web.Request, status: int) -> None:
        """Count one that was answered. What a client can make up is no label."""
        resource = request.match_info.route.resource
        route = NO_ROUTE if resource is None else resource.canonical
        method = request.method if request.method in _METHODS else OTHER_METHOD
        self._counts[method, route, status] += 1

    def taken(self) -> dict[tuple[str, str, int], int]:
        """A copy of the counts."""
        return dict(self._counts)


def routes(
    gate: LakeGate, worker: Worker, counts: RequestCounts, bodies: BodyReader
) -> list[web.RouteDef]:
    """`/metrics`."""
    registry = CollectorRegistry()
    registry.register(LakeCollector(gate))
    registry.register(RequestCollector(counts, bodies))
    ProcessCollector(registry=registry)

    async def metrics(request: web.Request) -> web.StreamResponse:
        body = await worker.run(generate_latest, registry)
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})

    return [web.get(PATH, metrics)]


class RequestCollector(Collector):
    """What is known of requests."""

    def __init__(self, counts: RequestCounts, bodies: BodyReader) -> None:
        self._counts = counts
        self._bodies = bodies

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        answered = CounterMetricFamily(
            "lake_http_requests", "Requests answered.", labels=["method", "route", "status"]
        )
        for (method, route, status), number in self._counts.taken().items():
            answered.add_metric([method, route, str(status)], number)
        yield answered
        yield GaugeMetricFamily(
            "lake_http_receiving_bytes",
            "Bytes of request bodies that are being received.",
            self._bodies.under_way,
        )


class LakeCollector(Collector):
    """What is known of the lake; nothing while it is still opening."""

    def __init__(self, gate: LakeGate) -> None:
        self._gate = gate
        self._sizes = _Sizes()

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        if (lake := self._gate.lake) is None:
            return
        yield from _counted(lake.counters)
        health = lake.health()
        for name, meaning, value in (
            ("lake_queue_depth", "Requests that wait to be written.", health.queue_depth),
            ("lake_spool_depth", "Requests on disk that wait for PostgreSQL.", health.spooled),
            (
                "lake_spool_refused",
                "Requests that were refused when they were delivered, kept on disk.",
                health.refused,
            ),
            (
                "lake_spool_held_spaces",
                "Spaces that another process has, for which requests on disk wait.",
                len(health.held),
            ),
            ("lake_database_up", "Whether PostgreSQL takes what is written.", health.database_ok),
        ):
            yield GaugeMetricFamily(name, meaning, value)
        if (sizes := self._sizes.of(lake)) is not None:
            yield from _sized(sizes.sizes)
            yield from _looked_after(sizes.upkeep)


class _Totals(NamedTuple):
    """What is asked of the database."""

    sizes: LakeStatistics
    upkeep: UpkeepReport


class _Sizes:
    """The lake's totals, asked for once in a while: they cost a look at every table."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: _Totals | None = None
        self._asked_at = -SIZES_SECONDS

    def of(self, lake: Lake) -> _Totals | None:
        """The totals of a minute ago at most; None while PostgreSQL does not tell."""
        with self._lock:
            if time.monotonic() - self._asked_at >= SIZES_SECONDS:
                try:
                    self._known = _Totals(lake.statistics(), lake.upkeep_report())
                except DatabaseUnavailable:  # told by lake_database_up
                    self._known = None
                self._asked_at = time.monotonic()
            return self._known


def _counted(counters: Counters) -> Iterator[Metric]:
    events = CounterMetricFamily(
        "lake_events",
        "Changes stored, repeats and refusals, by endpoint.",
        labels=["space", "kind", "result"],
    )
    for event, number in counters.events().items():
        events.add_metric(list(event), number)
    yield events
    snapshots = CounterMetricFamily("lake_snapshots", "Snapshots taken.", labels=["trigger"])
    for trigger, number in counters.snapshots().items():
        snapshots.add_metric([trigger], number)
    yield snapshots
    bounds = [*map(str, COMMIT_BUCKETS), "+Inf"]
    yield HistogramMetricFamily(
        "lake_commit_seconds",
        "Time of one group commit, its requests' application included.",
        buckets=list(zip(bounds, accumulate(counters.commits()), strict=True)),
        sum_value=counters.commit_seconds,
    )


def _sized(totals: LakeStatistics) -> Iterator[Metric]:
    for name, meaning, value in (
        ("lake_database_size_bytes", "Bytes the lake takes up.", totals.storage_size_bytes),
        ("lake_spaces", "Spaces in the lake.", totals.total_spaces),
        ("lake_stored_snapshots", "Snapshots in the lake.", totals.total_snapshots),
        ("lake_stored_epochs", "Epochs in the lake.", totals.total_epochs),
    ):
        yield GaugeMetricFamily(name, meaning, value)


def _looked_after(upkeep: UpkeepReport) -> Iterator[Metric]:
    for name, meaning, total in (
        ("lake_snapshots_expired", "Snapshots that retention let go.", upkeep.expired),
        ("lake_snapshots_purged", "Snapshots deleted for good.", upkeep.purged),
        ("lake_changes_dropped", "Changes that retention dropped from the log.", upkeep.dropped),
    ):
        yield CounterMetricFamily(name, meaning, total)
    for name, meaning, value in (
        ("lake_archives", "Stretches of history in cold storage.", upkeep.archives),
        ("lake_archived_bytes", "Bytes of archives.", upkeep.archived_bytes),
        ("lake_archived_changes", "Changes in archives.", upkeep.archived_changes),
        ("lake_upkeep_worries", "What of upkeep needs a hand.", len(upkeep.worries)),
    ):
        yield GaugeMetricFamily(name, meaning, value)
    failures = sum(worry.failed for worry in upkeep.concerns)
    yield GaugeMetricFamily("lake_upkeep_failures", "Deeds of upkeep that failed.", failures)
    for name, meaning, moment in (
        ("next_scheduled_snapshot", "When a schedule is next due", upkeep.next_snapshot),
        ("last_scheduled_snapshot", "When a schedule last took one", upkeep.last_snapshot),
        ("last_retention", "When retention was last applied", upkeep.last_retention),
    ):
        if moment is not None:
            yield GaugeMetricFamily(
                f"lake_{name}_timestamp_seconds", f"{meaning}, in Unix time.", moment.timestamp()
            )
