"""What the inspector lists of an entity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from studio.models.detail_rows import DetailRow, DetailRows, Kind
from studio.models.plain_values import plain, type_name


@dataclass
class Told:
    """A detail as the lake tells it."""

    document: dict[str, Any]
    flux_position: int = 3
    flux_rule: str = "elp"
    depth: int = 1
    parent_id: str | None = "house"
    children: list[str] = field(default_factory=list)
    connections: list[dict[str, Any]] = field(default_factory=list)


def laid_out(told: Told, rows: DetailRows | None = None) -> dict[str, DetailRow]:
    rows = rows or DetailRows(lambda entity_id: f"name of {entity_id}")
    return {"/".join(row.path): row for row in rows.lay_out(told)}


def test_that_every_parameter_is_listed_with_its_type() -> None:
    told = Told({"id": "a", "parameters": {"mass": 2.5, "on": True, "n": 3, "s": "x", "z": None}})
    rows = laid_out(told)
    listed = {name: (row.value, row.note) for name, row in rows.items() if "Parameters/" in name}
    assert listed == {
        "Parameters/mass": ("2.5", "float"),
        "Parameters/on": ("true", "bool"),
        "Parameters/n": ("3", "int"),
        "Parameters/s": ("x", "text"),
        "Parameters/z": ("null", "null"),
    }


def test_that_nested_parameters_open_as_a_tree() -> None:
    told = Told({"id": "a", "parameters": {"look": {"glow": {"r": 1}}}})
    rows = DetailRows(str)
    assert laid_out(told, rows)["Parameters/look/glow"].is_open is False
    rows.toggle(("Parameters", "look", "glow"))
    opened = laid_out(told, rows)["Parameters/look/glow/r"]
    assert (opened.value, opened.level) == ("1", 2)


def test_that_fields_the_contract_does_not_name_are_listed_too() -> None:
    assert laid_out(Told({"id": "a", "mesh": "cube"}))["Other fields/mesh"].value == "cube"


def test_that_a_connection_leads_to_its_other_end() -> None:
    edges: list[dict[str, Any]] = [
        {"source_id": "house", "target_id": "a", "connection_type": "hierarchy"},
        {"source_id": "a", "target_id": "b", "connection_type": "bond", "strength": 0.5},
    ]
    rows = laid_out(Told({"id": "a"}, connections=edges))
    inward, outward = rows["Connections/0"], rows["Connections/1"]
    assert (inward.label, inward.link, inward.value) == ("← hierarchy", "house", "name of house")
    assert (outward.label, outward.link, outward.note) == ("→ bond", "b", "0.5")


def test_that_the_parent_is_a_link_and_a_root_says_so() -> None:
    assert laid_out(Told({"id": "a"}))["Place/parent"].link == "house"
    assert laid_out(Told({"id": "a"}, parent_id=None))["Place/parent"].kind is Kind.FIELD


def test_that_a_colour_shows_its_swatch() -> None:
    told = Told({"id": "a", "parameters": {"LightColor": [1.0, 0.5, 0.0], "Color": [255, 0, 16]}})
    rows = laid_out(told)
    assert rows["Parameters/LightColor"].swatch == "#ff8000"
    assert rows["Parameters/Color"].swatch == "#ff0010"


def test_that_numbers_keep_the_digits_that_matter() -> None:
    assert plain(-0.1234567891) == "\N{MINUS SIGN}0.1234568"
    assert plain([1.0, -2, 1e-11]) == "1, \N{MINUS SIGN}2, 1e-11"
    assert type_name([1, 2]) == "list of 2"
