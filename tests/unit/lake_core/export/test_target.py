"""Whether an export can go where a person wants it, and what is said where it cannot."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from lake_core.errors import InvalidInput
from lake_core.export.target import LEAST_FREE, check_target, named_target, why


def test_that_a_folder_to_be_made_in_folders_to_be_made_is_fine(tmp_path: Path) -> None:
    wanted = tmp_path / "deep" / "deeper" / "walk"
    looked = check_target(f" {wanted} ")
    assert (looked.problem, looked.nearest) == ("", tmp_path)
    assert looked.free is not None
    assert looked.free > LEAST_FREE
    assert list(tmp_path.iterdir()) == []  # looking leaves nothing
    assert check_target(str(wanted), really=True).problem == ""
    assert wanted.parent.is_dir()
    assert list(wanted.parent.iterdir()) == []


def test_that_ones_own_folder_may_be_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert named_target("~/walk") == tmp_path / "walk"
    assert check_target("~/walk").problem == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "name a folder"),
        ("walk", "whole path"),
        ("../walk", "whole path"),
        ("/tmp/a\0b", "whole path"),
        ("~nobody-of-this-name/walk", "~nobody-of-this-name is nobody's"),
    ],
)
def test_that_a_text_that_is_no_whole_path_says_how_to_write_one(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        named_target(text)
    assert said in check_target(text).problem


def test_that_what_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert "exists already" in check_target(str(tmp_path)).problem
    assert "exists already" in check_target(str(tmp_path / "link")).problem
    for below in ("walk", "walk/again"):
        problem = check_target(str(tmp_path / "file" / below)).problem
        assert f"{tmp_path / 'file'} is a file, not a folder" in problem
    assert "too long" in check_target(str(tmp_path / ("x" * 300) / "walk")).problem


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_that_a_folder_one_may_not_write_to_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "you may not write there" in check_target(str(tmp_path / "walk")).problem


def test_that_a_folder_nothing_can_be_made_in_is_told_when_tried() -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("no /proc")
    looked = check_target("/proc/lake/walk", really=True)
    assert "nothing can be written to" in looked.problem or "may not write" in looked.problem


def test_that_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=LEAST_FREE - 1))
    assert "the disk is full: free some space" in check_target(str(tmp_path / "walk")).problem


def test_that_what_a_disk_refuses_is_said_with_what_to_do() -> None:
    assert "another disk" in why(OSError(errno.ENOSPC, "No space left on device"))
    assert "odd" in why(OSError("odd"))
