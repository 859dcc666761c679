"""Schemathesis against our own `/openapi.json`: no 500, no undocumented status, no other shape.

A few seconds as a rule; `--schemathesis-examples 500` takes its time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
)
CONFIG = """
[[operations]]
include-name = "GET /eustress/snapshots/{{id}}"
parameters = {{ "path.id" = "{snapshot_id}" }}

[[operations]]
include-name = "GET /eustress/epochs/{{id}}"
parameters = {{ "path.id" = "{epoch_id}" }}
"""


def _fill(served: Any) -> dict[str, str]:
    """A little of everything, so that questions find something; the ids that matter."""
    edge = {"source_id": "atom_1", "target_id": "photon_1", "connection_type": "hierarchy"}
    entities = [{"id": "atom_1"}, {"id": "photon_1", "position": [1, 2, 3], "tags": ["light"]}]
    scene = {"space_name": "quantum_mechanics", "entities": entities, "connections": [edge]}
    served.ingest("batch", scene)
    snapshot_id = served.ingest("snapshot/quantum_mechanics")["snapshot_id"]
    epoch = served.post("/eustress/epochs", {"snapshot_ids": [snapshot_id]}).json()
    return {"snapshot_id": snapshot_id, "epoch_id": epoch["id"]}


def test_that_schemathesis_finds_nothing_that_is_not_documented(
    served: Any, tmp_path: Path, schemathesis_examples: int
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(**_fill(served)), encoding="utf-8")
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(str(program), "--config-file", str(config), "run", f"{served.url}/openapi.json"),
            *("--checks", ",".join(CHECKS), "--continue-on-failure", "--no-color"),
            *("--max-examples", str(schemathesis_examples), "--seed", "1"),
            *("--generation-database", "none", "--warnings", "off"),
        ],
        env=os.environ | {"SCHEMATHESIS_HOOKS": str(HOOKS), "PYTHONUTF8": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "No issues found" in done.stdout, done.stdout[-3000:]
    assert served.get("/healthz").status == 200
    for space in served.get("/eustress/spaces").json():
        assert not served.lake.verify(space["space_name"]).faults
