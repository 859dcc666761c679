"""Commands that read the past: a state, a difference, and whether history agrees with itself.

Each answer is the lake's; here is what is asked, and how it is laid out for a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Final

import msgspec
import typer

from lake_core.cli.instants import INSTANTS, parse_instant
from lake_core.cli.shared import FAILED, Json, bar, busy, command, opened
from lake_core.cli.show import Listing, print_fields, print_json, print_table
from lake_core.errors import LakeError
from lake_core.lake import Lake
from lake_core.scene.diff import SceneDiff, Values
from lake_core.scene.model import SnapshotMetadata
from lake_core.scene.state import Scene
from lake_core.settings import Settings
from lake_core.verify import Fault, SpaceCheck

past_app = typer.Typer()

_WIDEST: Final = 44

Space = Annotated[str, typer.Argument(help="Name of the space.")]
Rows = Annotated[int, typer.Option("--rows", min=0, help="At most so many rows in the table.")]
Row = tuple[str, ...]


def _check(check: SpaceCheck) -> Row:
    faults = f"{len(check.faults):,}" if check.faults else "none"
    figures = (check.changes, check.snapshots, check.keyframes)
    return check.space_name, *(f"{figure:,}" for figure in figures), faults


def _fault(fault: Fault) -> Row:
    where = (fault.space_name, f"{fault.seq:,}", fault.kind)
    return *where, str(fault.snapshot_id or "-"), fault.reason


_CHECKS: Final = Listing(
    ("space", "changes", "snapshots", "keyframes", "faults"), _check, "there is no space yet"
)
_FAULTS: Final = Listing(("space", "seq", "kind", "snapshot", "fault"), _fault, "no fault")


@command(past_app, "state", "lake state my_space", "lake state my_space --at '60 s ago' --json")
def state(
    settings: Settings,
    space: Space,
    at: Annotated[str | None, typer.Option("--at", help=f"Then: {INSTANTS}. Else now.")] = None,
    rows: Rows = 40,
    json: Json = False,
) -> None:
    """A space as it was at any instant: its figures and its entities."""
    with opened(settings) as lake, busy("rebuilding"):
        scene = lake.scene_at(space, parse_instant(at) if at else datetime.now(UTC))
    if json:
        print_json(
            {
                "space_name": space,
                "seq": scene.seq,
                "metadata": scene.metadata(),
                "entities": [msgspec.Raw(document) for document in scene.documents()],
                "connections": [msgspec.Raw(text) for text in scene.connections.values()],
                "hierarchy": scene.hierarchy(),
            }
        )
        return
    print_fields({"space": space, "seq": f"{scene.seq:,}", **_figures(scene.metadata())})
    _print_some(
        ("entity", "name", "class", "position", "flux", "depth", "parent"),
        _entities(scene),
        scene.entity_count,
        rows,
    )


@command(past_app, "diff", "lake diff my_space 100 200", "lake diff my_space 100 200 --exit-code")
def diff(
    settings: Settings,
    space: Space,
    before: Annotated[str, typer.Argument(help=f"From: {INSTANTS}.")],
    after: Annotated[str, typer.Argument(help="To: likewise.")],
    rows: Rows = 40,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where anything differs.")
    ] = False,
    json: Json = False,
) -> None:
    """What differs between two instants of a space, by state."""
    with opened(settings) as lake, busy("comparing"):
        told = lake.diff(space, parse_instant(before), parse_instant(after))
    if json:
        print_json(told)
    else:
        _show_difference(space, told, rows)
    if exit_code and not told.is_empty:
        raise typer.Exit(FAILED)


def _show_difference(space: str, told: SceneDiff, rows: int) -> None:
    print_fields(
        {
            "space": space,
            "seq": f"{told.from_seq:,} to {told.to_seq:,}",
            "entities": f"{len(told.added):,} added, {len(told.removed):,} removed, "
            f"{len(told.changed):,} changed, {len(told.reparented):,} reparented",
            "flux positions": f"{len(told.flux_changed):,} changed",
            "connections": f"{len(told.connections_added):,} added, "
            f"{len(told.connections_removed):,} removed, "
            f"{len(told.connections_changed):,} changed",
        }
    )
    table = list(_differences(told))
    if table:
        _print_some(("what", "of", "field", "before", "after"), iter(table), len(table), rows)


@command(past_app, "verify", "lake verify", "lake verify my_space --json")
def verify(
    settings: Settings,
    space: Annotated[list[str] | None, typer.Argument(help="Only these spaces.")] = None,
    json: Json = False,
) -> None:
    """Rebuild every snapshot and keyframe from the log, and compare. Exits with 1 on a fault."""
    with opened(settings) as lake:
        checks = _verified(lake, space)
    faults = [fault for check in checks for fault in check.faults]
    if json:
        print_json({"ok": not faults, "spaces": checks})
    else:
        _CHECKS.show(checks, json=False)
        if faults:
            _FAULTS.show(faults, json=False)
    if faults:
        places = "one place" if len(faults) == 1 else f"{len(faults):,} places"
        raise LakeError(f"history does not agree with itself in {places}")


def _verified(lake: Lake, names: list[str] | None) -> list[SpaceCheck]:
    spaces = {space.space_name: space.changes for space in lake.spaces()}
    chosen = list(spaces) if names is None else list(dict.fromkeys(names))
    total = sum(spaces.get(name, 0) for name in chosen)
    checks = []
    with bar("verifying") as shown:
        before = 0
        for name in chosen:

            def progress(done: int, _: int, before: int = before) -> None:
                shown(before + done, total)

            checks.append(lake.verify(name, progress))
            before += spaces.get(name, 0)
    return checks


def _figures(figures: SnapshotMetadata) -> dict[str, object]:
    low, high = figures.spatial_bounds
    return {
        "entities": f"{figures.entity_count:,}, {figures.sacred_entity_count:,} sacred",
        "connections": f"{figures.connection_count:,}",
        "depth": figures.hierarchy_depth,
        "mean flux": f"{figures.avg_flux_position:.3f}",
        "bounds": f"{_vector(low)} to {_vector(high)}",
        "quality": f"{figures.quality_score:.2f}",
        "state hash": figures.state_hash,
    }


def _entities(scene: Scene) -> Iterator[Row]:
    scene.settle()
    arrays = scene.arrays
    for entity_id, slot in scene.slot_of.items():
        parent = int(arrays.parents[slot])
        flux, rule = scene.flux(slot)
        yield (
            entity_id,
            arrays.names[slot],
            arrays.class_types[slot],
            _vector(arrays.positions[slot].tolist()),
            f"{flux} {rule}",
            str(arrays.depths[slot]),
            arrays.ids[parent] if parent >= 0 else "-",
        )


def _differences(told: SceneDiff) -> Iterator[Row]:
    for what, documents in (("removed", told.removed), ("added", told.added)):
        for document in documents:
            yield what, msgspec.json.decode(document)["id"], "", "", ""
    for entity_id, change in told.changed.items():
        for name, values in change.items():
            if isinstance(values, Values):
                yield "changed", entity_id, name, _value(values.before), _value(values.after)
            else:
                for parameter, each in values.items():
                    shown = f"parameters.{parameter}"
                    yield "changed", entity_id, shown, _value(each.before), _value(each.after)
    for entity_id, parents in told.reparented.items():
        yield "moved", entity_id, "parent", parents.before or "-", parents.after or "-"
    for what, documents in (
        ("disconnected", told.connections_removed),
        ("connected", told.connections_added),
    ):
        for document in documents:
            edge = msgspec.json.decode(document)
            ends = f"{edge['source_id']} -> {edge['target_id']}"
            yield what, ends, edge["connection_type"], "", ""


def _value(value: object) -> str:
    if value is msgspec.UNSET:
        return "-"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _vector(values: tuple[float, ...]) -> str:
    return f"({', '.join(f'{value:g}' for value in values)})"


def _print_some(heads: tuple[str, ...], rows: Iterator[Row], count: int, most: int) -> None:
    print_table(heads, islice(rows, most))
    if count > most:
        print(f"… and {count - most:,} more; --rows shows more, --json all")
