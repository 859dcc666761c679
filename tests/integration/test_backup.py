"""Backups of a lake, and lakes out of backups."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from typer.testing import CliRunner

from lake_core.backup import back_up, read_manifest, restore_backup
from lake_core.cli import app
from lake_core.errors import InvalidInput, LakeError
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from lake_core.store.migrate import migrate, migrations
from lake_core.store.queries import SQL
from resources import demo
from tests.conftest import fresh_database
from tests.integration.line import Line


def send(lake: Lake, body: dict[str, Any]) -> None:
    lake.ingest("batch", msgspec.json.encode(body)).result(30)


@pytest.fixture
def filled(settings: Settings) -> Settings:
    """A lake with the demo in it, an epoch and a bookmark."""
    lake = Lake.open(settings)
    send(lake, demo.batch(demo.build(), replace=True))
    for n in range(20):
        send(lake, demo.batch(demo.tick(n)))
    taken = lake.create_snapshot(demo.SPACE).result(30).snapshot_id
    assert taken is not None
    lake.create_epoch([taken], "walk")
    lake.add_bookmark(demo.SPACE, lake.snapshot(taken).timestamp, "here")
    lake.close()
    return settings


def told(lake: Lake) -> dict[str, Any]:
    """All that a lake says of the demo's space."""
    snapshots = lake.snapshots(demo.SPACE)
    return {
        "snapshots": snapshots,
        "states": [scene.state_hash for _, scene in lake.scenes_at([s.id for s in snapshots])],
        "epochs": lake.epochs(),
        "bookmarks": lake.bookmarks(demo.SPACE),
        "faults": lake.verify(demo.SPACE).faults,
    }


def test_that_a_lake_out_of_a_backup_is_as_it_was(
    filled: Settings, tmp_path: Path, data_dir: Path
) -> None:
    lake = Lake.open(filled)
    before = told(lake)
    said: list[str] = []
    manifest = back_up(filled, tmp_path / "backup", said.append)
    assert [head.space_name for head in manifest.spaces] == [demo.SPACE]
    assert len(said) == 3
    lake.close()
    elsewhere = Settings(data_dir=data_dir)  # an embedded one of its own
    assert restore_backup(elsewhere, tmp_path / "backup") == manifest
    again = Lake.open(elsewhere)
    assert told(again) == before
    send(again, demo.batch(demo.tick(99)))
    assert again.verify(demo.SPACE).faults == []
    again.close()


def test_that_what_rests_in_the_spool_is_in_the_backup(
    settings: Settings, database_url: str, tmp_path: Path, data_dir: Path
) -> None:
    folder = tmp_path / "l"
    folder.mkdir()
    line = Line(folder, database_url)
    lake = Lake.open(replace(settings, database_url=line.url))
    send(lake, {"space_name": "s", "entities": [{"id": "a"}]})
    line.cut()
    send(lake, {"space_name": "s", "entities": [{"id": "b"}]})
    assert lake.health().spooled == 1
    back_up(settings, tmp_path / "backup")
    elsewhere = Settings(data_dir=data_dir)
    restore_backup(elsewhere, tmp_path / "backup")
    again = Lake.open(elsewhere)
    while again.health().spooled:
        again.spaces()
    assert again.scene_at("s", 2).entity_count == 2
    again.close()
    line.mend()
    lake.close()
    line.close()


def test_that_a_backup_goes_into_an_empty_lake_only(filled: Settings, tmp_path: Path) -> None:
    back_up(filled, tmp_path / "backup")
    with pytest.raises(InvalidInput, match="empty"):
        restore_backup(filled, tmp_path / "backup")
    with pytest.raises(LakeError, match="exists already"):
        back_up(filled, tmp_path / "backup")


def test_that_a_damaged_backup_is_refused_before_anything_is_touched(
    filled: Settings, tmp_path: Path, data_dir: Path
) -> None:
    back_up(filled, tmp_path / "backup")
    read_manifest(tmp_path / "backup")
    victim = max((tmp_path / "backup" / "database").iterdir(), key=lambda p: p.stat().st_size)
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1])
    with pytest.raises(InvalidInput, match="is damaged"):
        restore_backup(Settings(data_dir=data_dir), tmp_path / "backup")
    victim.unlink()
    with pytest.raises(InvalidInput, match="is missing"):
        restore_backup(Settings(data_dir=data_dir), tmp_path / "backup")
    with pytest.raises(InvalidInput, match="is no backup"):
        restore_backup(Settings(data_dir=data_dir), tmp_path)
    assert not (data_dir / "postgres").exists()


def test_that_a_failed_backup_leaves_nothing(tmp_path: Path) -> None:
    nowhere = Settings(data_dir=tmp_path / "data", database_url=f"host={tmp_path} dbname=lake")
    with pytest.raises(LakeError):
        back_up(nowhere, tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", range(1, len(migrations()) + 1))
def test_that_a_lake_of_any_earlier_schema_is_brought_up_to_date(
    postgres: EmbeddedPostgres, tmp_path: Path, count: int
) -> None:
    with fresh_database(postgres) as url:
        _check_upgrade(Settings(port=0, data_dir=tmp_path, database_url=url), url, count)


def _check_upgrade(settings: Settings, url: str, count: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL["create_migrations"])
        for number, (name, statements) in list(migrations().items())[:count]:
            connection.execute(statements)
            connection.execute(SQL["record_migration"], {"number": number, "name": name})
        connection.execute("INSERT INTO lake_spaces (space_name) VALUES ('old')")
        connection.execute(
            "INSERT INTO lake_changes (space_id, seq, recorded_at, kind, flux, key, patch) "
            "SELECT space_id, 1, now(), 1, 20, 'a', %s FROM lake_spaces",
            ['{"class_type":"","id":"a","name":"a","parameters":{},"position":[0.0,0.0,0.0],'
             '"rotation":[0.0,0.0,0.0,1.0],"scale":[1.0,1.0,1.0],"tags":[]}'],
        )  # fmt: skip
        assert len(migrate(connection)) == len(migrations()) - count
    lake = Lake.open(settings)
    assert lake.scene_at("old", 1).entity_count == 1
    send(lake, {"space_name": "old", "entities": [{"id": "b"}]})
    assert lake.create_snapshot("old").result(20).seq == 2
    assert lake.verify("old").faults == []
    lake.close()


def test_that_a_mistyped_directory_is_no_empty_lake_to_back_up(tmp_path: Path) -> None:
    flags = ["--data-dir", str(tmp_path / "tpyo")]
    run = CliRunner().invoke(
        app, ["backup", str(tmp_path / "backup"), *flags], env={"DATABASE_URL": ""}
    )
    assert (run.exit_code, "there is no lake in" in run.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_that_the_command_makes_and_restores_backups(
    filled: Settings, tmp_path: Path, data_dir: Path
) -> None:
    backup = str(tmp_path / "backups" / "monday")
    made = CliRunner().invoke(
        app,
        ["backup", backup],
        env={
            "DATABASE_URL": filled.database_url or "",
            "LAKE_DATA_DIR": str(filled.data_dir),
        },
        prog_name="lake",
    )
    assert made.exit_code == 0, made.stderr
    assert "changes" in made.stdout
    flags = ["--data-dir", str(data_dir), "--json"]
    environment = {"DATABASE_URL": ""}
    restored = CliRunner().invoke(app, ["restore-backup", backup, *flags], env=environment)
    assert restored.exit_code == 0, restored.stderr
    assert msgspec.json.decode(restored.stdout)["spaces"][0]["space_name"] == demo.SPACE
    again = CliRunner().invoke(app, ["restore-backup", backup, *flags], env=environment)
    assert (again.exit_code, "empty one" in again.stderr) == (2, True)
