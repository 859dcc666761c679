"""Streams: every sample once a pass, in a seeded order, resumed to the sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pytest

from lake_core.training import SampleStream, Share, TrainingSample
from lake_core.training.share import WHOLE, Dealer
from tests.unit.lake_core.training.made import sample

COUNT = 1_000


class Listed:
    """A source over a list."""

    def __init__(self) -> None:
        self._listed = [sample(str(n), weight=1.5 if n % 2 else 1.0) for n in range(COUNT)]

    def samples(self, share: Share = WHOLE, skip: int = 0) -> Iterator[TrainingSample]:
        for wanted in Dealer(share, skip).deal(COUNT):
            yield from self._listed[wanted]


def _ids(samples: Iterator[TrainingSample]) -> list[str]:
    return [each.entity_id for each in samples]


def _stream(**options: int) -> SampleStream:
    return SampleStream(Listed(), **options)  # type: ignore[arg-type]


def test_that_a_plain_stream_keeps_the_order_pass_after_pass() -> None:
    stream = _stream()
    assert _ids(iter(stream)) == _ids(iter(stream)) == [str(n) for n in range(COUNT)]


def test_that_a_shuffled_pass_has_each_sample_once_in_another_order() -> None:
    stream = _stream(shuffle=100, seed=1)
    first, second = _ids(iter(stream)), _ids(iter(stream))
    assert sorted(first) == sorted(second) == sorted(str(n) for n in range(COUNT))
    assert first != second
    assert _ids(iter(_stream(shuffle=100, seed=1))) == first


def test_that_prioritised_samples_come_as_often_as_they_weigh() -> None:
    drawn = Counter(_ids(iter(_stream(prioritised=True))))
    heavy = sum(count for entity_id, count in drawn.items() if int(entity_id) % 2)
    assert (heavy, drawn.total() - heavy) == (750, 500)


@pytest.mark.parametrize(
    "options", [{}, {"shuffle": 64}, {"prioritised": True}, {"shuffle": 64, "prioritised": True}]
)
@pytest.mark.parametrize("before", [0, 1, 700])
def test_that_a_resumed_stream_goes_on_where_it_stopped(
    options: dict[str, int], before: int
) -> None:
    reference = _stream(**options)
    list(reference)
    whole = _ids(iter(reference))  # the second pass
    stopped = _stream(**options)
    list(stopped)
    assert _ids(islice(stopped, before)) == whole[:before]
    resumed = _stream(**options)
    resumed.resume(stopped.state())
    assert _ids(iter(resumed)) == whole[before:]
