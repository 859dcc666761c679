"""What a query's words mean, and what is said of words that mean nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lake_core.errors import InvalidInput
from lake_core.scene.query import Facts, parse_query

PHOTON = Facts(
    name="Big Photon",
    entity_id="photon:1",
    class_type="MeshPart",
    tags=["Light", "fast one"],
    flux=9,
    depth=2,
    parameters={"energy": 3.6, "state": "On", "ai": True, "Spin": -1, "odd name": 4},
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "photon",
        "BIG",
        "big light part",
        '"big photon"',
        '"photon:1"',
        "name:photon",
        'name="big photon"',
        "id:1",
        "id=photon:1",
        "class:part",
        "class=meshpart",
        "tag:light",
        'tag="fast one"',
        "flux:9",
        "flux:3,9",
        "flux:sacred",
        "flux>5",
        "depth:2",
        "depth>=2",
        "depth<3",
        "depth!=1",
        "param:energy",
        "param:energy>3",
        "param:energy<=3.6",
        "param:state=on",
        "param:state!=off",
        "param:ai=true",
        "param:Spin<0",
        'param:"odd name"=4',
        "-neutron",
        "-flux:3",
        "-param:mass",
        "FLUX:9",
    ],
)
def test_that_a_query_holds_for_what_it_describes(text: str) -> None:
    assert parse_query(text).holds(PHOTON)


@pytest.mark.parametrize(
    "text",
    [
        "neutron",
        "photon neutron",
        '"photon big"',
        "name=photon",
        "class=part",
        "tag=fast",
        "tag:photon",
        "flux:3",
        "flux:3,6",
        "flux<9",
        "depth:1",
        "param:mass",
        "param:energy>4",
        "param:state>1",
        "param:spin",
        "param:ai=1",
        "-photon",
        "-flux:sacred",
    ],
)
def test_that_a_query_does_not_hold_for_anything_else(text: str) -> None:
    assert not parse_query(text).holds(PHOTON)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("colour:red", 'No field "colour"'),
        ("flux:10", "0 to 9"),
        ("flux:", "flux:9"),
        ("flux:holy", "sacred"),
        ("depth:deep", "depth:2"),
        ("class>part", "class:part"),
        ("param:", "param:energy>3"),
        ("param>3", "param:energy>3"),
        ("param:energy>", "param:energy>3"),
        ("param:energy>high", "no number"),
        ("tag:", "tag:box"),
    ],
)
def test_that_a_bad_word_is_answered_with_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(InvalidInput, match=hint):
        parse_query(text)


def test_that_a_parameter_that_is_not_a_number_is_in_no_order() -> None:
    strange = replace(PHOTON, parameters={"energy": float("nan")})
    assert not parse_query("param:energy>0").holds(strange)
    assert not parse_query("param:energy<0").holds(strange)


@given(st.text(max_size=30))
def test_that_any_text_is_read_or_answered_with_a_hint(text: str) -> None:
    with suppress(InvalidInput):
        parse_query(text).holds(PHOTON)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_that_a_quoted_name_finds_its_entity(name: str) -> None:
    quoted = '"' + name.replace('"', "") + '"'
    assert parse_query(quoted).holds(replace(PHOTON, name=name.replace('"', "")))
