"""How results look: JSON for programs, tables and lists of fields for people.

Prints what it is given and must not know where that came from, or what it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

T = TypeVar("T")

_FIGURE: Final = re.compile(r"-?[\d,]*\.?\d+ ?%?|-|none")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """How many things of a kind are told: a table for people, a JSON array for programs.

    Args:
        heads: Of the table's columns.
        row: The cells of one thing.
        nothing: What is said to people where there is none.
    """

    heads: tuple[str, ...]
    row: Callable[[T], tuple[str, ...]]
    nothing: str

    def show(self, found: Sequence[T], *, json: bool) -> None:
        """All of them."""
        if json:
            print_json(found)
        elif found:
            print_table(self.heads, map(self.row, found))
        else:
            print(self.nothing)


def show_one(value: T, fields: Callable[[T], dict[str, object]], *, json: bool) -> None:
    """One thing: its fields for people, the whole of it for programs."""
    if json:
        print_json(value)
    else:
        print_fields(fields(value))


def print_json(value: object) -> None:
    """Structs, dataclasses and what they hold, as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())


def print_table(heads: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Rows of texts under their heads; columns of figures to the right."""
    texts = list(rows)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for place, head in enumerate(heads):
        is_figures = bool(texts) and all(_FIGURE.fullmatch(row[place]) for row in texts)
        table.add_column(head, no_wrap=True, justify="right" if is_figures else "left")
    for row in texts:
        table.add_row(*map(escape, row))
    _out().print(table)


def print_fields(fields: dict[str, object]) -> None:
    """Names with their values, one a line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in fields.items():
        table.add_row(f"[dim]{name}[/]", escape(str(value)))
    _out().print(table)


def _out() -> Console:
    """Wide enough that nothing is cut off where the output goes to a file or a program."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 250)


def time_text(moment: datetime | None) -> str:
    """A time to the second, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else "-"


def size_text(count: int) -> str:
    """A number of bytes with its unit, decimal."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000.0:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000.0
    return f"{size:.1f} TB"
