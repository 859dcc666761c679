"""The README's code does what the README says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

Served = Any  # the server fixture's class lives in conftest.py, which is not imported


def _python(section: str) -> str:
    """The first Python example of a section."""
    text = (ROOT / "README.md").read_text("utf-8").split(f"## {section}\n", 1)[1]
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_that_the_engines_example_runs(
    served: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LAKE_SPOOL_DIR", str(tmp_path / "unsent"))
    code = _python("From an engine")
    assert "http://127.0.0.1:7000" in code
    exec(compile(code.replace("http://127.0.0.1:7000", served.url), "README.md", "exec"), {})
    assert capsys.readouterr().out == "connected / buffering 0 / dropped 0\n"
    [photon] = served.get("/eustress/spaces/quantum_mechanics/entities").json()
    assert (photon["id"], photon["position"]) == ("photon_1", [1, 2, 4])
    assert photon["parameters"] == {"wavelength": 600.0}
    assert list((tmp_path / "unsent").iterdir()) == []  # delivered: nothing is left behind
