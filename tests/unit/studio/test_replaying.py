"""The space of a recording that names none."""

from __future__ import annotations

import json
from pathlib import Path

from studio.replaying import space_of


def write(folder: Path, first: str) -> Path:
    path = folder / "walk.jsonl"
    path.write_text(f"\n{first}\n")
    return path


def test_that_a_recording_without_spaces_takes_the_name_of_its_file(tmp_path: Path) -> None:
    operation = {"op": "entity", "entity": {"id": "a"}}
    assert space_of(write(tmp_path, json.dumps(operation))) == "walk"
    assert space_of(write(tmp_path, json.dumps(operation | {"space_name": "lab"}))) is None


def test_that_what_cannot_be_read_is_left_to_who_reads_it(tmp_path: Path) -> None:
    assert space_of(write(tmp_path, "no json")) is None
    assert space_of(write(tmp_path, "")) == "walk"
