"""Samples for trainers: from a lake, from an export, or live; weighted, by tree, resumable.

This layer reads the lake and exports. `lake_core.training.torch_dataset` needs PyTorch, all else
here does not.
"""

from __future__ import annotations

from lake_core.curate.sample import SampleOptions
from lake_core.training.exported import ExportedEpoch
from lake_core.training.features import features
from lake_core.training.follow import follow
from lake_core.training.hierarchy import Subtree, by_snapshot, parents_first, subtrees
from lake_core.training.pretraining import ContinuousPretraining
from lake_core.training.reading import (
    LakeEpoch,
    sacred_entities,
    samples_in_range,
    snapshots_in_range,
)
from lake_core.training.sample import TrainingSample
from lake_core.training.sampler import WeightedSampler
from lake_core.training.share import Share
from lake_core.training.stream import SampleSource, SampleStream

__all__ = [
    "ContinuousPretraining",
    "ExportedEpoch",
    "LakeEpoch",
    "SampleOptions",
    "SampleSource",
    "SampleStream",
    "Share",
    "Subtree",
    "TrainingSample",
    "WeightedSampler",
    "by_snapshot",
    "features",
    "follow",
    "parents_first",
    "sacred_entities",
    "samples_in_range",
    "snapshots_in_range",
    "subtrees",
]
