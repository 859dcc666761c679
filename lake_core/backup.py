"""Backups: a directory with all a lake holds, what rests in the spool included, and the way back.

Written beside its target, checked, then moved into place: a directory that exists is complete.
Restoring goes into an empty database only, all or nothing.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from lake_core.errors import InvalidInput, LakeError
from lake_core.export.place import write_text, written_beside
from lake_core.export.shards import checksum, make_durable
from lake_core.settings import Settings
from lake_core.store import dump
from lake_core.store.database import Database
from lake_core.store.embedded import EmbeddedPostgres
from lake_core.store.migrate import migrate, migrations

FORMAT: Final = "eustress-lake-backup/1"
MANIFEST: Final = "manifest.json"
_DATABASE: Final = "database"
_SPOOL: Final = "spool"
Say = Callable[[str], None]


class SpaceHead(Struct, frozen=True):
    """A space, and where its log ended at least when the backup was made."""

    space_name: str
    seq: int


class BackupManifest(Struct, frozen=True, kw_only=True):
    """What a backup holds; `files` are SHA-256 by path."""

    format: str = FORMAT
    created_at: datetime
    schema: list[str]
    """The names of the migrations that had run, or were to run next."""
    spaces: list[SpaceHead]
    files: dict[str, str]


def back_up(settings: Settings, directory: Path, say: Say = lambda text: None) -> BackupManifest:
    """Write a backup to `directory`, which must not exist yet; a server may go on meanwhile.

    Blocks. Raises LakeError where PostgreSQL does not answer or the disk refuses; nothing is
    left behind then.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with _reached(settings) as (database, url), written_beside(directory) as (partial, move):
            with database.connect() as connection:
                migrate(connection)
                if dump.is_spread(connection):
                    raise LakeError(
                        "this lake is spread over several servers, of which a backup would hold "
                        "one: use PostgreSQL's own tools on each, with no lake-server running"
                    )
                heads = [SpaceHead(name, seq) for name, seq in dump.heads(connection)]
            # Before the dump: what is delivered in between is there twice, under keys that make
            # the second delivery do nothing; the other way round it would be in neither.
            say("Copying the spool…")
            _copy_spools(settings.data_dir / _SPOOL, partial / _SPOOL)
            say("Dumping the database…")
            dump.dump(url, partial / _DATABASE)
            say("Checking…")
            manifest = BackupManifest(
                created_at=datetime.now(UTC),
                schema=[name for name, _ in migrations().values()],
                spaces=heads,
                files=_checksums(partial),
            )
            text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
            write_text(partial / MANIFEST, text)
            move()
    except OSError as error:
        raise LakeError(f"the backup to {directory} failed: {error}") from error
    return manifest


def restore_backup(
    settings: Settings, directory: Path, say: Say = lambda text: None
) -> BackupManifest:
    """Bring a backup back into the lake that `settings` name, which must be empty.

    Raises InvalidInput where `directory` is no whole backup, or the lake is not empty.
    """
    say("Checking the backup…")
    manifest = read_manifest(directory)
    with _reached(settings) as (database, url):
        with database.connect() as connection:
            if not dump.is_empty(connection):
                raise InvalidInput(
                    "there is a lake in this database already: a backup goes into an empty one; "
                    "name another --data-dir or --database-url"
                )
        _refuse_spools(settings.data_dir / _SPOOL)
        say("Reading the database back…")
        dump.restore(url, directory / _DATABASE)
        with database.connect() as connection:
            migrate(connection)
            found = dict(dump.heads(connection))
        _restore_spools(directory / _SPOOL, settings.data_dir / _SPOOL)
    for head in manifest.spaces:
        if found.get(head.space_name, -1) < head.seq:
            raise LakeError(f"space {head.space_name!r} is not whole after restoring")
    return manifest


def read_manifest(directory: Path) -> BackupManifest:
    """What a backup says it holds, once each of its files is found to be as it was."""
    try:
        manifest = msgspec.json.decode((directory / MANIFEST).read_bytes(), type=BackupManifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidInput(f"{directory} is no backup of a lake: {error}") from None
    if manifest.format != FORMAT:
        raise InvalidInput(f"{directory} is of format {manifest.format!r}, not {FORMAT!r}")
    found = _checksums(directory)
    for path, digest in manifest.files.items():
        if found.get(path) != digest:
            fault = "is damaged" if path in found else "is missing"
            raise InvalidInput(f"{directory / path} {fault}: this backup cannot be trusted")
    return manifest


@contextlib.contextmanager
def _reached(settings: Settings) -> Iterator[tuple[Database, str]]:
    """The database that is meant, and its address."""
    embedded = None if settings.database_url else EmbeddedPostgres.start(settings.data_dir)
    url = settings.database_url or (embedded.url if embedded else "")
    database = Database(url, "eustress-lake backup")
    try:
        yield database, url
    finally:
        database.close()
        if embedded is not None:
            embedded.stop()


def _copy_spools(source: Path, target: Path) -> None:
    """Copies of all spool files, consistent even while they are written to."""
    target.mkdir()
    for path in sorted(source.glob("*.sqlite")):
        with (
            contextlib.closing(sqlite3.connect(path)) as live,
            contextlib.closing(sqlite3.connect(target / path.name)) as copy,
        ):
            live.backup(copy)
        make_durable(target / path.name)


def _refuse_spools(folder: Path) -> None:
    if any(folder.glob("*.sqlite")):
        raise InvalidInput(f"something rests in {folder} already; a backup goes into an empty lake")


def _restore_spools(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.sqlite")):
        shutil.copy2(path, target / path.name)
        make_durable(target / path.name)


def _checksums(directory: Path) -> dict[str, str]:
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    found = {path.relative_to(directory).as_posix(): path for path in files}
    return {name: checksum(path) for name, path in found.items() if name != MANIFEST}
