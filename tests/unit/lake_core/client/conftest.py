"""What the client's tests share: a scripted server."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.unit.lake_core.client.scripted import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    thread = threading.Thread(target=scripted.serve_forever, args=(0.01,))
    thread.start()
    yield scripted
    scripted.shutdown()
    thread.join()
    scripted.server_close()
