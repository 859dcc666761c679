"""Which entities a query is about, for a million of them while it is typed.

Each kind of text is one long byte string, entries apart by a zero byte, searched at numpy's speed;
what changed since it was made is looked at one by one. A query's own words say what matches
(`lake_core.scene.query`); here is only how to ask them of all at once. Pure: no Qt.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lake_core.scene.arrays import Bools, Int32s, SceneArrays
from lake_core.scene.query import COMPARE, HAS, TEXT, Facts, Query, Term
from studio.models.documents import TAG_MARK, Documents

STALE_LIMIT: Final = 20_000
"""So many entries may be out of date before a text is put together anew."""
PIECE: Final = 65_536
"""Slots whose texts are put together at once: some 5 ms."""
SAMPLE: Final = 16_384
FIELDS: Final = ("name", "id", "class", "tag")


class Column:
    """One text of some slots: `search` says which hold a needle."""

    def __init__(self, texts: Iterable[str]) -> None:
        joined = "\0".join(texts).casefold().encode("utf-8", "surrogatepass")
        self._bytes: NDArray[np.uint8] = np.frombuffer(b"\0" + joined + b"\0", np.uint8)
        self._ends = np.flatnonzero(self._bytes == 0)

    def search(self, needle: str, *, whole: bool) -> Bools:
        """[entries] which hold the casefolded `needle`, or are it; none may hold a zero byte."""
        found = np.zeros(len(self._ends) - 1, np.bool_)
        sought = needle.encode("utf-8", "surrogatepass")
        if whole:
            sought = b"\0" + sought + b"\0"
        at = self._positions(np.frombuffer(sought, np.uint8))
        found[np.searchsorted(self._ends, at, "right") - 1] = True
        return found

    def _positions(self, sought: NDArray[np.uint8]) -> NDArray[np.intp]:
        """Where it begins: places of its rarest byte, thinned byte by byte."""
        room = len(self._bytes) - len(sought) + 1
        if room <= 0 or not len(sought):
            return np.zeros(0, np.intp)
        common = np.bincount(self._bytes[:SAMPLE], minlength=256)[sought]
        order = np.argsort(common, kind="stable").tolist()
        at = np.flatnonzero(self._bytes[order[0] : order[0] + room] == sought[order[0]])
        for place in order[1:]:
            at = at[self._bytes[at + place] == sought[place]]
        return at


class Matcher:
    """Answers queries over one SceneArrays, which it never writes to."""

    def __init__(self, arrays: SceneArrays) -> None:
        self._arrays = arrays
        self.documents = Documents(arrays)
        self._columns: dict[str, list[Column]] = {field: [] for field in FIELDS}
        self._stale: Bools = np.zeros(arrays.capacity, np.bool_)

    def touch(self, slots: Int32s) -> None:
        """These entities came, went or changed."""
        if self._arrays.capacity > len(self._stale):
            self._forget()
            self._stale = np.zeros(self._arrays.capacity, np.bool_)
        if any(self._columns.values()):
            self._stale[slots] = True
        self.documents.touch(slots)

    def warm(self) -> bool:
        """Make ready, for a moment, for the first search; false when there is no more to do."""
        if self.documents.warm():
            return True
        return any(self._grow(field) for field in FIELDS) or self.documents.warm_numbers()

    def all_matches(self, query: Query) -> Bools:
        """[capacity] alive entities that a query is about."""
        if np.count_nonzero(self._stale) > STALE_LIMIT:
            self._forget()
            self._stale[:] = False
        matches = self._arrays.alive.copy()
        for term in sorted(query.terms, key=_cost):
            matches &= self._holds(term, matches) != term.negated
        stale = np.flatnonzero(self._stale & self._arrays.alive).astype(np.int32)
        matches[stale] = self.matches_of(query, stale)
        return matches

    def matches_of(self, query: Query, slots: Int32s) -> Bools:
        """[k] the same of some slots, one by one."""
        alive: Bools = self._arrays.alive[slots]
        if not query:
            return alive
        held = [query.holds(self._facts(slot)) for slot in slots.tolist()]
        return alive & np.array(held, np.bool_)

    def _facts(self, slot: int) -> Facts:
        arrays = self._arrays
        return Facts(
            arrays.names[slot],
            arrays.ids[slot],
            arrays.class_types[slot],
            self.documents.tags(slot),
            int(arrays.flux[slot]),
            int(arrays.depths[slot]),
            self.documents.parameters(slot),
        )

    def _holds(self, term: Term, among: Bools) -> Bools:
        match term.field:
            case "flux":
                return _numbers_hold(self._arrays.flux, term)
            case "depth":
                return _numbers_hold(self._arrays.depths, term)
            case "param":
                return self._parameters_hold(term, among)
        assert isinstance(term.value, str)
        fields = FIELDS if term.field == TEXT else (term.field,)
        found = np.zeros(self._arrays.capacity, np.bool_)
        whole = term.op != HAS
        for field in fields:
            marked = whole and field == "tag"
            sought = f"{TAG_MARK}{term.value}{TAG_MARK}" if marked else term.value
            found |= self._search(field, sought, whole=whole and not marked)
        return found

    def _parameters_hold(self, term: Term, among: Bools) -> Bools:
        if term.op not in (HAS, "!=") and not isinstance(term.value, str):
            return _numbers_hold(self.documents.numbers(term.parameter), term)
        present = self.documents.present(term.parameter)
        if term.op == HAS:
            return present
        found = np.zeros(self._arrays.capacity, np.bool_)
        for slot in np.flatnonzero(among & present).tolist():
            found[slot] = term.parameter_holds(self.documents.parameters(slot))
        return found

    def _search(self, field: str, sought: str, *, whole: bool) -> Bools:
        while self._grow(field):
            pass
        parts = [column.search(sought, whole=whole) for column in self._columns[field]]
        return np.concatenate(parts)

    def _grow(self, field: str) -> bool:
        """Put the next piece of a text together; false where all of it is."""
        columns, capacity = self._columns[field], self._arrays.capacity
        start = len(columns) * PIECE
        if start >= max(capacity, 1):
            return False
        columns.append(Column(self._texts(field)[start : start + PIECE]))
        return True

    def _forget(self) -> None:
        for columns in self._columns.values():
            columns.clear()

    def _texts(self, field: str) -> list[str]:
        match field:
            case "name":
                return self._arrays.names
            case "id":
                return self._arrays.ids
            case "class":
                return self._arrays.class_types
        return self.documents.tag_texts()


def _numbers_hold(numbers: NDArray[np.generic], term: Term) -> Bools:
    if isinstance(term.value, frozenset):
        wanted = np.zeros(256, np.bool_)
        wanted[list(term.value)] = True
        found: Bools = wanted[numbers.astype(np.uint8)]
        return found
    compared = COMPARE["=" if term.op == HAS else term.op](numbers, term.value)
    held: Bools = np.asarray(compared) & (numbers == numbers)
    return held


def _cost(term: Term) -> int:
    """Cheap words first: what they leave out need not be opened."""
    return {"flux": 0, "depth": 0, "param": 2}.get(term.field, 1)
