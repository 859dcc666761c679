"""Train a tiny model on an exported epoch: from an entity to its flux position. numpy alone.

    lake export EPOCH out --format parquet --split train=0.8,test=0.2
    python train_tiny.py out

It takes no more than the export's documented columns, so it can be taken as a beginning for
models of one's own. Sacred samples count by their `weight`. The same export and seed print the
same figures.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
from numpy.typing import NDArray

Array = NDArray[np.float64]
COLUMNS = ("flux_position", "weight", "depth", "position", "beam_tensor")
HARMONICS = (1, 2, 3, 4)


def load(directory: Path, split: str) -> dict[str, Any] | None:
    """The columns of a split as arrays; None where the export has no such split."""
    files = sorted(map(str, directory.glob(f"data/{split}-*.parquet")))
    if not files:
        return None
    table = ds.dataset(files).to_table(columns=list(COLUMNS))
    beam = table["beam_tensor"].combine_chunks()
    virtues = [beam.field(name).to_numpy() for name in ("ethos", "logos", "pathos", "confidence")]
    return {
        "flux": table["flux_position"].to_numpy(),
        "weight": table["weight"].to_numpy(),
        "depth": table["depth"].to_numpy(),
        "position": np.stack(table["position"].to_numpy()),
        "virtues": np.stack(virtues, axis=1),
    }


def inputs(rows: dict[str, Any]) -> Array:
    """What the model sees [n, 15]: virtues, depth, and where in its circle of nine a place is."""
    virtues = rows["virtues"] / np.maximum(rows["virtues"][:, :3].sum(axis=1, keepdims=True), 1e-9)
    confidence = rows["virtues"][:, 3:]
    whole = np.trunc(np.abs(rows["position"].sum(axis=1)))
    angles = 2 * np.pi * whole[:, None] * np.array(HARMONICS) / 9
    return np.concatenate(
        [
            3 * virtues[:, :3] - 1,
            confidence,
            rows["depth"][:, None] / 8,
            (whole == 0)[:, None],
            virtues[:, :1] == virtues[:, 1:2],
            np.cos(angles),
            np.sin(angles),
        ],
        axis=1,
    )


class Model:
    """Two layers, ten answers, trained by Adam."""

    def __init__(self, width: int, hidden: int, random: np.random.Generator) -> None:
        self.parameters: list[Array] = [
            random.normal(0, width**-0.5, (width, hidden)),
            np.zeros(hidden),
            random.normal(0, hidden**-0.5, (hidden, 10)),
            np.zeros(10),
        ]
        self._means = [np.zeros_like(p) for p in self.parameters]
        self._squares = [np.zeros_like(p) for p in self.parameters]
        self._steps = 0

    def answer(self, x: Array) -> tuple[Array, Array]:
        """The hidden layer [n, hidden], and how likely each position is [n, 10]."""
        first, first_bias, second, second_bias = self.parameters
        hidden = np.maximum(x @ first + first_bias, 0)
        scores = hidden @ second + second_bias
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        return hidden, likely / likely.sum(axis=1, keepdims=True)

    def step(self, x: Array, flux: NDArray[np.int64], weight: Array, rate: float) -> float:
        """One step downhill; returns the weighted loss before it."""
        hidden, likely = self.answer(x)
        rows, share = np.arange(len(x)), weight / weight.sum()
        loss = float(-(share * np.log(likely[rows, flux] + 1e-12)).sum())
        off = likely * share[:, None]
        off[rows, flux] -= share
        back = (off @ self.parameters[2].T) * (hidden > 0)
        self._adam([x.T @ back, back.sum(axis=0), hidden.T @ off, off.sum(axis=0)], rate)
        return loss

    def _adam(self, slopes: list[Array], rate: float) -> None:
        self._steps += 1
        for p, slope, mean, square in zip(
            self.parameters, slopes, self._means, self._squares, strict=True
        ):
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope**2 - square)
            unbiased = square / (1 - 0.999**self._steps)
            p -= rate * mean / (1 - 0.9**self._steps) / (np.sqrt(unbiased) + 1e-8)


def train(
    model: Model, rows: dict[str, Any], steps: int, batch: int, random: np.random.Generator
) -> Iterator[tuple[int, float]]:
    """Step by step: its number and its loss."""
    x, flux, weight = inputs(rows), rows["flux"].astype(np.int64), rows["weight"]
    for number in range(1, steps + 1):
        chosen = random.integers(len(x), size=batch)
        yield number, model.step(x[chosen], flux[chosen], weight[chosen], 0.005)


def accuracy(model: Model, rows: dict[str, Any]) -> float:
    """Share of samples whose likeliest position is theirs."""
    _, likely = model.answer(inputs(rows))
    return float((likely.argmax(axis=1) == rows["flux"]).mean())


def main() -> None:
    """Train on `train`; where there is a `test`, tell how well it does there."""
    parser = argparse.ArgumentParser(description="Train a tiny model on an exported epoch.")
    parser.add_argument("directory", type=Path, help="an export in Parquet")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    rows = load(told.directory, "train")
    if rows is None:
        parser.error(f"{told.directory} has no data/train-*.parquet; export with --format parquet")
    every, recent = max(told.steps // 10, 1), []
    random = np.random.default_rng(told.seed)
    model = Model(inputs(rows).shape[1], 64, random)
    for number, loss in train(model, rows, told.steps, told.batch, random):
        recent.append(loss)
        if number % every == 0:
            print(f"step {number:5}  loss {sum(recent) / len(recent):.4f}", flush=True)
            recent.clear()
    tested = load(told.directory, "test") or rows
    print(f"right: {accuracy(model, tested):.1%} of {len(tested['flux']):,} samples")


if __name__ == "__main__":
    main()
