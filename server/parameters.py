"""Query parameters to values: times, ids, numbers, with an error that names the parameter.

Pure; knows the request's query and nothing of what is asked with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from aiohttp import web

from lake_core.errors import FieldError, InvalidInput, NotFound

T = TypeVar("T")


def optional(request: web.Request, name: str, parse: Callable[[str], T]) -> T | None:
    """The parameter `name` parsed, None where it is missing or empty.

    Raises InvalidInput, naming the parameter, where `parse` raises ValueError; the error's
    message then says what the parameter must be.
    """
    text = request.query.get(name)
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidInput(f"{name}: {error}", (FieldError(f"?{name}", str(error)),)) from None


def required(request: web.Request, name: str, parse: Callable[[str], T]) -> T:
    """As `optional`, for a parameter that must be there; raises InvalidInput where it is not."""
    value = optional(request, name, parse)
    if value is None:
        reason = "is missing"
        raise InvalidInput(f"{name} {reason}", (FieldError(f"?{name}", reason),))
    return value


def space_of(request: web.Request) -> str:
    """The `{space}` of the path; NotFound for a name that PostgreSQL cannot hold."""
    space_name = request.match_info["space"]
    if "\0" in space_name:
        raise NotFound(f"no space {space_name!r}")
    return space_name


def instant(text: str) -> datetime:
    """An ISO 8601 time; UTC where it names no zone."""
    # In a query an unescaped "+" of "+00:00" has become a space.
    try:
        time = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise ValueError(f"{text!r} is not an ISO 8601 time") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def path_id(request: web.Request) -> UUID:
    """The `{id}` of the path; InvalidInput where it is no UUID."""
    try:
        return identifier(request.match_info["id"])
    except ValueError as error:
        raise InvalidInput(f"id: {error}") from None


def identifier(text: str) -> UUID:
    """A UUID."""
    try:
        return UUID(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a UUID") from None


def count(text: str) -> int:
    """A whole number, 1 or more."""
    value = whole(text)
    if value < 1:
        raise ValueError("must be 1 or more")
    return value


def whole(text: str) -> int:
    """A whole number, 0 or more, of at most 18 digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def flux_positions(text: str) -> frozenset[int]:
    """Flux positions apart by commas, as in `3,6,9`."""
    values = frozenset(whole(part.strip()) for part in text.split(","))
    if not values <= frozenset(range(10)):
        raise ValueError("flux positions are 0 to 9")
    return values


def moment(text: str) -> UUID | int | datetime:
    """An instant of a space: a snapshot's id, a sequence number or an ISO 8601 time."""
    for parse in (identifier, whole, instant):
        try:
            return parse(text)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no snapshot id, sequence number or ISO 8601 time")


def choice(*allowed: str) -> Callable[[str], str]:
    """A parser that lets only `allowed` through."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text

    return parse
