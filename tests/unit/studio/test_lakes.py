"""The lakes a person has opened, and the settings of another one."""

from __future__ import annotations

from pathlib import Path

from lake_core.settings import Settings
from studio.lakes import MOST, RecentLakes, ServedLake, Server, Visit, other_lake


def test_that_the_lakes_opened_last_come_first_and_once(tmp_path: Path) -> None:
    recent = RecentLakes(tmp_path / "recent.ini")
    for name in ("a", "b", "a"):
        recent.remember(tmp_path / name)
    recent.settle()
    assert RecentLakes(tmp_path / "recent.ini").folders() == [tmp_path / "a", tmp_path / "b"]
    for at in range(2 * MOST):
        recent.remember(tmp_path / f"lake{at}")
    assert len(recent.folders()) == MOST


def test_that_a_list_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    (tmp_path / "recent.ini").write_text("[General]\nfolders={nonsense\n")
    recent = RecentLakes(tmp_path / "recent.ini")
    assert recent.folders() == []
    recent.remember(tmp_path)
    assert recent.folders() == [tmp_path]


def test_that_each_lake_has_a_folder_and_a_spool_of_its_own(tmp_path: Path) -> None:
    here = Settings(data_dir=tmp_path / "here", port=7123, token="secret", demo=True)
    folder = other_lake(here, tmp_path / "there")
    assert (folder.data_dir, folder.database_url) == (tmp_path / "there", None)
    assert (folder.port, folder.token, folder.demo) == (7123, "secret", False)
    one, other = (other_lake(here, f"postgresql://{host}/lake") for host in "xy")
    assert one.database_url == "postgresql://x/lake"
    assert len({here.data_dir, one.data_dir, other.data_dir}) == 3
    assert other_lake(here, "postgresql://x/lake") == one


def test_that_from_a_server_one_goes_on_as_from_the_lake_before(tmp_path: Path) -> None:
    here = Visit(Settings(data_dir=tmp_path / "here", port=7123, demo=True))
    there = here.to(ServedLake(Server("http://x:7000", "secret"), tmp_path / "there"))
    assert there.settings.data_dir == tmp_path / "there"
    assert (there.settings.token, there.settings.port) == (None, 7123)
    further = there.to(ServedLake(Server("http://y:7000"), "postgresql://y/lake"))
    assert further.before == there.before == Visit(other_lake(here.settings, tmp_path / "here"))
    elsewhere = further.to("postgresql://z/lake")
    assert elsewhere == Visit(other_lake(here.settings, "postgresql://z/lake"))  # its spool is here
    before = further.before
    assert before is not None
    assert further.to(before) is before


def test_that_the_own_postgresql_keeps_its_folder_when_it_is_attached_to(tmp_path: Path) -> None:
    here = Settings(data_dir=tmp_path, database_url="postgresql://x/lake")
    assert other_lake(here, "postgresql://x/lake") == here
