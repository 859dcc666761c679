"""A role that may not make tables: told in one line that says what to do, and that helps."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from lake_core.cli import app
from lake_core.errors import SettingsError
from lake_core.lake import Lake
from lake_core.settings import Settings
from lake_core.store.embedded import EmbeddedPostgres
from tests.conftest import ROOT, fresh_database
from tests.integration.line import Line
from tests.integration.outages import is_back, move, rows, steps, wait_for

ROLE = "a guest"


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The connection string of a database in which there is no lake, as its owner."""
    with fresh_database(postgres) as url:
        yield url


@pytest.fixture
def guest(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A role that was given nothing, as part of a connection string."""
    with psycopg.connect(postgres.url, autocommit=True) as sql:
        sql.execute(f'CREATE ROLE "{ROLE}" LOGIN')
        yield ROLE
        sql.execute(f'DROP ROLE "{ROLE}"')


def refused(url: str, folder: Path) -> str:
    """Why a lake there cannot be opened; what opens it is run afterwards, by the owner."""
    with pytest.raises(SettingsError) as told:
        Lake.open(Settings(data_dir=folder, database_url=make_conninfo(url, user=ROLE)))
    said = re.search(r"GRANT .*", str(told.value))
    assert said, told.value
    with psycopg.connect(url, autocommit=True) as sql:
        sql.execute(said[0])
    Lake.open(Settings(data_dir=folder, database_url=make_conninfo(url, user=ROLE))).close()
    return str(told.value)


def test_that_a_role_that_may_not_make_tables_is_told_what_lets_it(
    empty: str, guest: str, tmp_path: Path
) -> None:
    told = refused(empty, tmp_path)
    assert f'role "{ROLE}" lacks the right' in told
    assert "permission denied for schema public" in told
    _disown(empty)


def test_that_a_role_that_may_not_even_see_the_schema_is_told_what_lets_it(
    empty: str, guest: str, tmp_path: Path
) -> None:
    with psycopg.connect(empty, autocommit=True) as sql:
        sql.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    assert "SCHEMA public" in refused(empty, tmp_path)
    _disown(empty)


def test_that_one_who_may_not_change_anothers_lake_is_told_whose_it_is(
    database_url: str, guest: str, tmp_path: Path
) -> None:
    assert "connect as role lake, whose lake it is" in refused(database_url, tmp_path)
    _disown(database_url)


def test_that_the_programs_end_with_that_line(empty: str, guest: str, tmp_path: Path) -> None:
    url = make_conninfo(empty, user=ROLE)
    done = CliRunner().invoke(app, ["status", "--database-url", url], prog_name="lake")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("lake: role")
    command = [sys.executable, "-m", "server", "--port", "0", "--data-dir", str(tmp_path)]
    ended = subprocess.run(
        [*command, "--database-url", url], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("lake-server: role")
    assert "GRANT USAGE, CREATE ON SCHEMA public" in last
    assert "Traceback" not in ended.stderr


def test_that_who_waits_for_postgresql_and_lacks_the_right_then_is_told_once(
    empty: str, guest: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "l").mkdir()
    line = Line(tmp_path / "l", make_conninfo(empty, user=ROLE))
    line.cut()
    lake = Lake.open(Settings(data_dir=tmp_path, database_url=line.url))
    move(lake, 0)
    line.mend()
    wait_for(lambda: "GRANT" in caplog.text)
    time.sleep(1.0)  # it goes on trying
    assert caplog.text.count("GRANT") == 1
    with psycopg.connect(empty, autocommit=True) as sql:
        sql.execute(f'GRANT USAGE, CREATE ON SCHEMA public TO "{ROLE}"')
    wait_for(lambda: is_back(lake))
    assert rows(empty) == steps(1)
    lake.close()
    line.close()
    _disown(empty)


def test_that_a_first_open_waits_for_a_server_that_takes_no_writes(
    empty: str, tmp_path: Path
) -> None:
    read_only = make_conninfo(empty, options="-c default_transaction_read_only=on")
    lake = Lake.open(Settings(data_dir=tmp_path, database_url=read_only))
    assert not lake.health().database_ok
    lake.close()


def _disown(url: str) -> None:
    """Leave nothing of the role's in the database, so that it can be dropped."""
    with psycopg.connect(url, autocommit=True) as sql:
        sql.execute(f'DROP OWNED BY "{ROLE}"')
