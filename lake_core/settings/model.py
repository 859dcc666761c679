"""Every setting there is, with its default. Must not know where a value comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

MIB = 1024 * 1024
LOG_LEVELS = ("debug", "info", "warning", "error")
CONFIG_NAME = "lake.toml"


def default_data_dir() -> Path:
    """The platform's user data directory for the lake; not created here."""
    return Path(platformdirs.user_data_dir("eustress-lake", appauthor=False))


@dataclass(frozen=True, slots=True)
class Settings:
    """How one process runs the lake. `repr` leaves out what is secret.

    Args:
        data_dir: Holds the embedded database, `lake.toml` and whatever else must outlive a run.
        database_url: A PostgreSQL 15 or newer to use in place of the embedded one.
        token: What a client must present; required where `host` is not loopback.
        demo: Play the bundled demo scene into the space `demo`.
        snapshot_threshold: Changes of a space after which a snapshot is due.
        snapshot_min_interval: Seconds that two automatic snapshots of a space are apart at least.
        log_json: Log lines are JSON objects.
        database_patience: Seconds that PostgreSQL may take over one piece of work until its
            line is cut and changes go to the spool.
        max_spaces: Limit of how many spaces the lake holds.
        read_timeout: Seconds that a client may take to go on with what it sends, or to read on.
        idle_timeout: Seconds until a connection on which nothing is asked is closed.
        max_body_bytes: Limit of one request's decompressed body.
        max_line_bytes: Limit of one line of a stream and of one frame of a socket.
        queue_bytes: Limit of what waits in memory to be written.
        spool_bytes: Limit of what is kept on disk while PostgreSQL is away.
    """

    host: str = "127.0.0.1"
    port: int = 7000
    data_dir: Path = field(default_factory=default_data_dir)
    database_url: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    demo: bool = False
    log_level: str = "info"
    log_json: bool = False
    snapshot_threshold: int = 100
    snapshot_min_interval: float = 1.0
    database_patience: float = 30.0
    max_spaces: int = 10_000
    read_timeout: float = 30.0
    idle_timeout: float = 75.0
    max_body_bytes: int = 64 * MIB
    max_line_bytes: int = MIB
    queue_bytes: int = 256 * MIB
    spool_bytes: int = 1024 * MIB
