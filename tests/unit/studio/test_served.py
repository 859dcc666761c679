"""A server's own figures, read from what it tells Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from studio.models.served import Figures, ServedBy, alarms_of_server, figures_of, sample_of
from studio.models.vitals import Grade


class Told(Collector):
    def collect(self) -> list[object]:  # type: ignore[override]
        events = CounterMetricFamily("lake_events", "x", labels=["space", "kind", "result"])
        events.add_metric(['a } "b"\n\\c', "batch", "accepted"], 5)
        events.add_metric(["c", "entity", "accepted"], 2)
        events.add_metric(["c", "entity", "refused"], 100)
        buckets = [("0.1", 3.0), ("+Inf", 4.0)]
        return [
            events,
            GaugeMetricFamily("lake_queue_depth", "x", 7),
            GaugeMetricFamily("lake_spool_depth", "x", 1e6),
            GaugeMetricFamily("lake_database_up", "x", 0),
            HistogramMetricFamily("lake_commit_seconds", "x", buckets=buckets, sum_value=0.25),
        ]


def test_that_what_a_server_tells_is_read() -> None:
    registry = CollectorRegistry()
    registry.register(Told())
    assert figures_of(generate_latest(registry).decode()) == Figures(
        queue_depth=7,
        spooled=1_000_000,
        database_ok=False,
        stored=7,
        commits=4,
        commit_seconds=0.25,
        spaces={'a } "b"\n\\c': 5, "c": 2},
    )


def test_that_what_is_not_told_counts_as_nothing() -> None:
    assert figures_of("<html>not it</html>\n") == Figures(0, 0, True, 0, 0, 0.0)


def test_that_a_server_that_does_not_answer_is_an_alarm() -> None:
    away = ServedBy("http://x:1", "embedded")
    (alarm,) = alarms_of_server(away)
    assert alarm.grade is Grade.DANGER
    assert "http://x:1" in alarm.words
    assert sample_of(away, 1.0).commits == 0
    assert alarms_of_server(None) == []
    assert alarms_of_server(ServedBy("u", "embedded", Figures(0, 0, True, 0, 0, 0.0))) == []
