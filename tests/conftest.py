"""Fixtures every test may use: folders, a real PostgreSQL, and the recorded real scenes.

A test is skipped only where this machine lacks what it needs (the recorded scenes, the right to
start a process as another account), and the reason says what; never because it fails.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from hypothesis import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

from lake_core.store.embedded import EmbeddedPostgres
from lake_core.store.migrate import migrate
from studio import theme
from tests.own_windows import own_windows

if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # or Qt ends the whole run

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As a shell's background job: all that is started here would be deaf to Ctrl+C as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no fault of an example; pytest-timeout still ends what hangs.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

PATIENCE_MS: Final = 30_000
"""Of a machine with much else to do; pytest-timeout ends a test at four times that."""
ROOT = Path(__file__).resolve().parent.parent


def _passable_folder() -> Path:
    """A temporary folder that root's helper account can enter, as it cannot pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="lake-test-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fault-rounds 500` for a long look at what kills do."""
    parser.addoption("--fault-rounds", type=int, default=50, help="rounds of kill -9 under load")
    parser.addoption(
        "--client-kills", type=int, default=3, help="kills of the server under a client's load"
    )
    parser.addoption(
        "--schemathesis-examples", type=int, default=4, help="requests per endpoint, made up"
    )
    parser.addoption(
        "--mutated-requests", type=int, default=300, help="requests damaged in every way"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Nothing of a window outlives its test, or is ever taken down in another thread."""
    if "qapp" not in getattr(item, "fixturenames", ()):
        return (yield)
    with own_windows():
        return (yield)


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """The application all tests with a window run in: in the theme, and set up as the Studio is."""

    class ThemedApplication(QApplication):
        def __init__(self, arguments: Sequence[str]) -> None:
            super().__init__(list(arguments))
            self.setQuitOnLastWindowClosed(False)
            theme.install(self)

    return ThemedApplication


class PatientQtBot(QtBot):
    """Waits as long as a slow machine takes; what comes is seen at once, and costs nothing."""

    def waitUntil(  # noqa: N802 (Qt's name)
        self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS
    ) -> None:
        """Until it is so; a test that asks for less patience has as much."""
        super().waitUntil(callback, timeout=max(timeout, PATIENCE_MS))

    def waitSignal(  # noqa: N802 (Qt's name)
        self, signal: SignalInstance, *, timeout: int = PATIENCE_MS, **options: Any
    ) -> SignalBlocker:
        """Until it was emitted; the same patience."""
        return super().waitSignal(signal, timeout=max(timeout, PATIENCE_MS), **options)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """A person's hands, who has patience."""
    return PatientQtBot(request)


@pytest.fixture
def fault_rounds(request: pytest.FixtureRequest) -> int:
    """How many rounds of kills a test of faults is to go."""
    rounds: int = request.config.getoption("--fault-rounds")
    return rounds


@pytest.fixture
def client_kills(request: pytest.FixtureRequest) -> int:
    """How often a client's server is to be killed; 12 take a minute."""
    kills: int = request.config.getoption("--client-kills")
    return kills


@pytest.fixture
def schemathesis_examples(request: pytest.FixtureRequest) -> int:
    """How many requests Schemathesis makes up for each endpoint."""
    examples: int = request.config.getoption("--schemathesis-examples")
    return examples


@pytest.fixture
def mutated_requests(request: pytest.FixtureRequest) -> int:
    """How many damaged requests are sent."""
    requests: int = request.config.getoption("--mutated-requests")
    return requests


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is a person's own is kept apart from that of whoever runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data directory in which an embedded PostgreSQL can be started, as root too."""
    folder = _passable_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One real PostgreSQL for the whole run."""
    folder = _passable_folder()
    server = EmbeddedPostgres.start(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


@contextmanager
def fresh_database(postgres: EmbeddedPostgres, template: str = "template0") -> Iterator[str]:
    """The connection string of a new database, like `template`, which is gone afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield make_conninfo(postgres.url, dbname=name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def lake_template(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database with the schema and nothing else: a copy is had sooner than another is made."""
    with fresh_database(postgres) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            migrate(connection)
        yield str(conninfo_to_dict(url)["dbname"])


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, lake_template: str) -> Iterator[str]:
    """The connection string of an empty lake's database that is this test's alone."""
    with fresh_database(postgres, lake_template) as url:
        yield url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The recorded real scenes, which lie beside the checkout where they are at hand."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the recorded scenes are not at {folder}")
    return folder
