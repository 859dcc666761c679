"""Lists in pages: `?limit=` and `?after=`, and where the next page is (`Link: …; rel="next"`).

Pure; knows the request's address and nothing of what is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, TypeVar

from aiohttp import hdrs, web

from server.parameters import optional, whole

T = TypeVar("T")

LONGEST_PAGE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list, and whether there is more of it."""

    items: list[T]
    has_more: bool


def page_size(text: str) -> int:
    """How many items a page may have: 1 to 100,000."""
    value = whole(text)
    if not 1 <= value <= LONGEST_PAGE:
        raise ValueError(f"must be 1 to {LONGEST_PAGE}")
    return value


def limit_of(request: web.Request) -> int | None:
    """The `?limit=`; None where the whole list is wanted."""
    return optional(request, "limit", page_size)


def one_more(limit: int | None) -> int | None:
    """How many to ask for, so as to see whether there is a next page."""
    return None if limit is None else limit + 1


def first_page(items: Iterable[T], limit: int | None) -> Page[T]:
    """The first `limit` of the items; of those beyond, one is looked at."""
    found = list(islice(items, one_more(limit)))
    return Page(found[:limit], limit is not None and len(found) > limit)


def next_link(
    request: web.Request, page: Page[T], after: Callable[[T], Mapping[str, str]]
) -> dict[str, str]:
    """The `Link` header to the next page, if there is one; `after` tells where it begins."""
    if not page.has_more:
        return {}
    address = request.rel_url.update_query(dict(after(page.items[-1])))
    return {hdrs.LINK: f'<{address}>; rel="next"'}
