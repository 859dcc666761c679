"""Addresses of a PostgreSQL as they are told: enough to connect by, and no secret."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from lake_core.errors import SettingsError
from lake_core.store.conninfo import with_password, without_secrets


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://me:hush@db.example:5433/lake", "postgresql://me@db.example:5433/lake"),
        ("postgresql://db/lake?user=me&password=hush", "postgresql://me@db/lake"),
        ("host=db dbname=lake password=hush", "postgresql://db/lake"),
        ("host=/run/pg dbname=lake user=me password=hush", "user=me host=/run/pg dbname=lake"),
        ("host=::1 dbname='a lake' password=hush", "host=::1 dbname='a lake'"),
    ],
)
def test_that_an_address_without_its_secrets_leads_to_the_same_place(
    address: str, told: str
) -> None:
    assert without_secrets(address) == told
    again = conninfo_to_dict(with_password(told, "hush"))
    assert again == conninfo_to_dict(address)


def test_that_what_cannot_be_read_is_not_repeated() -> None:
    def read(address: str) -> str:
        return with_password(address, "x")

    for of in (without_secrets, read):
        with pytest.raises(SettingsError) as told:
            of("postgresql:/me:hush@there")
        assert "hush" not in str(told.value)


def test_that_no_password_leaves_an_address_as_it_was_typed() -> None:
    assert with_password("postgresql://db/lake", "") == "postgresql://db/lake"
