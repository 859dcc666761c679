"""The language in which entities are sought: `box flux:sacred class:part depth>2 param:energy>3`.

Owns the words, what each means of one entity, and the hint where one means nothing. All words of a
query must hold; `-` before one turns it round; quotes keep blanks and colons together. Pure: it
knows an entity's facts and no arrays, so that a window and a server can search alike.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lake_core.errors import InvalidInput

SACRED: Final = frozenset({3, 6, 9})
FIELDS: Final = ("name", "id", "class", "tag", "flux", "depth", "param")
TEXT: Final = "text"
"""The field of a bare word: name, id, class or a tag."""
HAS: Final = ":"
COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_WORD: Final = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_KEYED: Final = re.compile(r"([A-Za-z_]+)(:|>=|<=|!=|>|<|=)(.*)", re.DOTALL)
_OPERATOR: Final = re.compile(r"(.+?)(>=|<=|!=|>|<|=)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a query asks of one entity."""

    name: str
    entity_id: str
    class_type: str
    tags: Sequence[str]
    flux: int
    depth: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """One word. `op` is `:` (holds the text; there is one) or a key of `COMPARE`.

    `value` is a casefolded text, a number, or the flux positions asked for; `parameter` is the
    name in `param:NAME`.
    """

    field: str
    op: str
    value: str | float | frozenset[int]
    parameter: str = ""
    negated: bool = False

    def holds(self, facts: Facts) -> bool:
        """Whether it is so of an entity."""
        return self._holds(facts) != self.negated

    def _holds(self, facts: Facts) -> bool:
        match self.field:
            case "flux":
                return self.number_holds(facts.flux)
            case "depth":
                return self.number_holds(facts.depth)
            case "param":
                return self.parameter_holds(facts.parameters)
        return any(self.text_holds(text) for text in self._texts(facts))

    def _texts(self, facts: Facts) -> Sequence[str]:
        texts: dict[str, Sequence[str]] = {
            "name": (facts.name,),
            "id": (facts.entity_id,),
            "class": (facts.class_type,),
            "tag": facts.tags,
        }
        every = (facts.name, facts.entity_id, facts.class_type, *facts.tags)
        return texts.get(self.field, every)

    def text_holds(self, text: str) -> bool:
        """`:` is "holds", `=` "is", both blind to case."""
        assert isinstance(self.value, str)
        folded = text.casefold()
        return self.value in folded if self.op == HAS else self.value == folded

    def number_holds(self, number: float) -> bool:
        """Whether a number passes; NaN never does."""
        if isinstance(self.value, frozenset):
            return number in self.value
        if isinstance(self.value, str) or number != number:
            return False
        return COMPARE["=" if self.op == HAS else self.op](number, self.value)

    def parameter_holds(self, parameters: Mapping[str, Any]) -> bool:
        """Whether a parameter is there, and is as asked for."""
        if self.parameter not in parameters:
            return False
        if self.op == HAS:
            return True
        value = parameters[self.parameter]
        if isinstance(value, bool) or not isinstance(value, int | float):
            text = str(value).casefold()
            return self.op in ("=", "!=") and (text == str(self.value)) == (self.op == "=")
        return self.number_holds(float(value))


@dataclass(frozen=True, slots=True)
class Query:
    """What to seek: all terms must hold. An empty one holds for everything."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def holds(self, facts: Facts) -> bool:
        """Whether an entity is sought."""
        return all(term.holds(facts) for term in self.terms)


def parse_query(text: str) -> Query:
    """Read a query; InvalidInput says what to write instead."""
    return Query(tuple(_term(word) for word in _WORD.findall(text) if word.strip('-"')))


def _term(word: str) -> Term:
    negated = word.startswith("-")
    word = word[1:] if negated else word
    keyed = None if word.startswith('"') else _KEYED.fullmatch(word)
    if keyed is None:
        return Term(TEXT, HAS, _plain(word), negated=negated)
    field, op, rest = keyed[1].lower(), keyed[2], _plain(keyed[3])
    if field not in FIELDS:
        known = ", ".join(FIELDS)
        raise InvalidInput(f'No field "{keyed[1]}": there are {known}. Quote it to seek the text.')
    if field == "param":
        return _parameter_term(op, keyed[3], negated)
    if not rest:
        raise InvalidInput(f"{field}{op} lacks what to look for, such as {_example(field)}.")
    if field == "flux" and op in (HAS, "="):
        return Term(field, HAS, _positions(rest), negated=negated)
    if field in ("flux", "depth"):
        return Term(field, op, _number(field, rest), negated=negated)
    if op not in (HAS, "="):
        raise InvalidInput(f"{field} is text: write {field}:{rest} or {field}={rest}.")
    return Term(field, op, rest, negated=negated)


def _parameter_term(op: str, rest: str, negated: bool) -> Term:
    if op != HAS or not _plain(rest):
        raise InvalidInput("A parameter is sought as param:energy or param:energy>3.")
    compared = _OPERATOR.fullmatch(rest)
    if compared is None:
        return Term("param", HAS, "", _plain_name(rest), negated)
    name, sign, asked = _plain_name(compared[1]), compared[2], _plain(compared[3])
    if not asked:
        raise InvalidInput(f"param:{name}{sign} lacks a value, such as param:{name}{sign}3.")
    try:
        return Term("param", sign, float(asked), name, negated)
    except ValueError:
        if sign not in ("=", "!="):
            raise InvalidInput(f'"{asked}" is no number to compare {name} with.') from None
        return Term("param", sign, asked, name, negated)


def _positions(text: str) -> frozenset[int]:
    if text == "sacred":
        return SACRED
    parts = text.strip(",").split(",")
    if not all(part in "0123456789" and part for part in parts):
        raise InvalidInput("A flux position is 0 to 9, or sacred: flux:9, flux:3,6, flux:sacred.")
    return frozenset(map(int, parts))


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f'{field} is a number, not "{text}": {_example(field)}.') from None


def _plain(text: str) -> str:
    return _plain_name(text).casefold()


def _plain_name(text: str) -> str:
    """Without quotes, which is all that a parameter's name needs: names keep their case."""
    return text.replace('"', "")


def _example(field: str) -> str:
    examples = {"flux": "flux:9 or flux:sacred", "depth": "depth:2 or depth>2"}
    return examples.get(field, f"{field}:box")
