"""An epoch as a PyTorch dataset. The one module here that needs PyTorch.

Owns how workers of a DataLoader share an epoch, and how a training run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import Any, Final

from lake_core.training.features import features
from lake_core.training.sample import TrainingSample
from lake_core.training.share import WHOLE, Share, dealt_in_turn, whose_turn
from lake_core.training.stream import SampleSource, SampleStream

try:
    from torch.utils.data import IterableDataset, get_worker_info
except ImportError as error:
    raise ImportError("this needs PyTorch: pip install 'eustress-lake-studio[torch]'") from error

_ENDLESS: Final = 1 << 62


class EpochDataset(IterableDataset):
    """Samples of a source, each once a pass however many workers read.

    Args:
        source: An ExportedEpoch or a LakeEpoch; with workers, the latter needs a function that
            opens its lake.
        shuffle: How many samples each worker holds to draw the next from; 0 keeps the order.
        prioritised: Hand each sample out as often as its weight says, in place of once.
        seed: Decides the order.
        encode: What becomes of a sample before it is put into a batch.
        share: This machine's part of the source, where several train together.
    """

    def __init__(
        self,
        source: SampleSource,
        *,
        shuffle: int = 0,
        prioritised: bool = False,
        seed: int = 0,
        encode: Callable[[TrainingSample], Any] = features,
        share: Share = WHOLE,
    ) -> None:
        self._source, self._encode, self._share = source, encode, share
        self._order: dict[str, Any] = {
            "shuffle": shuffle,
            "prioritised": prioritised,
            "seed": seed,
        }
        self._passes = self._batches = 0
        self._batch_size = 1

    def start(self, passes: int = 0, batches: int = 0, batch_size: int = 1) -> None:
        """Let the next iteration be pass number `passes`, but for its first `batches` batches.

        Call it before each pass: the number decides the order. To go on where a run stopped, say
        how many batches it had taken of what size; the number of workers must be the same.
        Batches of prioritised samples are skipped exactly until the first worker has no more.
        """
        self._passes, self._batches, self._batch_size = passes, batches, batch_size

    def __iter__(self) -> Iterator[Any]:
        info = get_worker_info()
        worker = WHOLE if info is None else Share(info.id, info.num_workers)
        left = [-(-self._count(index, worker.of) // self._batch_size) for index in range(worker.of)]
        given = dealt_in_turn(left, self._batches)
        # A loader begins with worker 0: it takes on the part whose turn it is.
        role = (worker.index + whose_turn(left, given)) % worker.of
        part = Share(role, worker.of).within(self._share)
        stream = SampleStream(self._source, share=part, **self._order)
        stream.resume({"passes": self._passes, "taken": given[role] * self._batch_size})
        for sample in stream:
            yield self._encode(sample)

    def _count(self, index: int, workers: int) -> int:
        if self._order["prioritised"] or not isinstance(self._source, Sized):
            return _ENDLESS
        return Share(index, workers).within(self._share).count(len(self._source))
