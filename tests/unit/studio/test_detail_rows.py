"""What the inspector lists of an entity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from studio.models.detail_rows import DetailRow, DetailRows, Kind
from studio.models.plain_values import plain, short_count, short_numbers, type_name


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
    assert plain(100000000000.005) == "100000000000.005"
    assert plain(-2500000.0) == "\N{MINUS SIGN}2500000"
    assert plain(1e300) == "1e+300"


def test_that_numbers_of_one_place_are_as_fine_as_the_greatest_of_them() -> None:
    assert short_numbers([-81.6459503, -15.16880417, 23.51234]) == "−81.646, −15.169, 23.512"
    assert short_numbers([0.0012345678, 0.0, -0.00000001]) == "0.0012346, 0, 0"
    assert short_numbers([100000000000.005, 2, 0.0]) == "100000000000.005, 2, 0"
    assert short_numbers([0, 0, 0]) == "0, 0, 0"
    assert short_numbers([1e300, 1e-300, 0.0]) == "1e+300, 1e-300, 0"


def test_that_a_place_too_long_for_its_row_is_opened_into_its_axes() -> None:
    rows = DetailRows(str)
    short, long = [-81.6459503173828, -15.16880417, 23.5], [1e11 + 0.005, -1e11 - 0.25, 12.125]
    edge = [1e11 + 0.005, 0.0, 0.0015]  # of 26 letters: a little too wide for 320 pixels
    assert "Transform/position/x" not in laid_out(Told({"id": "a", "position": short}), rows)
    assert "Transform/position/x" in laid_out(Told({"id": "a", "position": edge}), rows)
    opened = laid_out(Told({"id": "a", "position": long}), rows)
    told = [opened[f"Transform/position/{axis}"].value for axis in "xyz"]
    assert told == ["100000000000.005", "−100000000000.25", "12.125"]
    rows.toggle(("Transform", "position"))
    every = laid_out(Told({"id": "a", "position": short}), rows)
    assert every["Transform/position/x"].value == "−81.6459503173828"


def test_that_a_short_count_has_four_characters_at_most() -> None:
    told = {0: "0", 999: "999", 1000: "1k", 1234: "1.2k", 9949: "9.9k", 9950: "10k"}
    told |= {118_049: "118k", 999_499: "999k", 999_500: "1M", 1_234_567: "1.2M"}
    assert {count: short_count(count) for count in told} == told
