"""From a server's address to its lake, where that lies in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake_core.errors import LakeError
from lake_core.settings import Settings
from server.state import Whereabouts
from studio.lakes import Server
from studio.reaching import _find, reach, server_url
from tests.integration.conftest import serve
from tests.integration.outages import wait_for


def test_that_a_lake_in_a_folder_of_this_machine_is_found_and_one_elsewhere_is_not(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path / "own", port=0)
    here = Settings(data_dir=tmp_path / "here")
    with serve(settings) as server:
        server.lake.begin_run("lake-server", "1", server.url)
        wait_for(lambda: len(server.lake.runs()) == 1)
        found = reach(Server(server.url), here)
        assert found.lake == settings.data_dir
    far = Whereabouts("embedded", str(tmp_path / "far"))
    with pytest.raises(LakeError, match="start that server with --database-url"):
        _find(Server("http://far:7000"), far, here)
    assert not (tmp_path / "far").exists()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("127.0.0.1:7000", "http://127.0.0.1:7000"),
        ("https://me:hush@lake.example/behind/", "https://lake.example/behind"),
        ("http://[::1]:7000", "http://[::1]:7000"),
    ],
)
def test_that_an_address_is_read_as_it_is_meant(typed: str, meant: str) -> None:
    assert server_url(typed) == meant
