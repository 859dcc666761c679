"""The lake's own connections: what they ask of a PostgreSQL that is the user's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lake_core.lake import Lake
from lake_core.settings import Settings

SHOW = "SELECT setting, source FROM pg_settings WHERE name = 'jit'"


@pytest.fixture
def compiling(database_url: str) -> str:
    """A database whose queries are compiled where that may be worth it, as is the default."""
    name = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_url, autocommit=True) as sql:
        sql.execute(f"ALTER DATABASE {name} SET jit = on")
    return database_url


def seen(settings: Settings) -> Iterator[str]:
    """Whether queries of a lake are compiled: of its writer, and of one who reads."""
    lake = Lake.open(settings)
    writer = lake._writer.ask(lambda: lake._writer.register.connection().execute(SHOW).fetchall())
    yield from (setting for setting, _ in writer.result(20))
    with lake._database.reader() as connection:
        yield from (setting for setting, _ in connection.execute(SHOW).fetchall())
    lake.close()


def test_that_the_lake_has_none_of_its_queries_compiled(compiling: str, tmp_path: Path) -> None:
    with psycopg.connect(compiling) as sql:
        assert sql.execute(SHOW).fetchall() == [("on", "database")]
    assert list(seen(Settings(data_dir=tmp_path, database_url=compiling))) == ["off", "off"]


def test_that_who_asks_in_the_connection_string_has_them_compiled(
    compiling: str, tmp_path: Path
) -> None:
    asked = make_conninfo(compiling, options="-c jit=on")
    assert list(seen(Settings(data_dir=tmp_path, database_url=asked))) == ["on", "on"]
