"""What people write beside snapshots and epochs: names, notes and tags, and how long they may be.

Pure. Where they are kept, and who asks, it does not know.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import UNSET

from lake_core.errors import FieldError, InvalidInput, TooLarge, Unstorable
from lake_core.scene.model import SnapshotEdit

MOST_TAGS: Final = 64
LONGEST_TAG: Final = 256
LONGEST_NAME: Final = 256
LONGEST_NOTE: Final = 10_000


def check_remark(pointer: str, text: str, longest: int) -> None:
    """Refuse a text that is over its limit (TooLarge) or that PostgreSQL cannot hold."""
    if len(text) > longest:
        raise TooLarge(f"{pointer}: the text may have {longest} characters")
    if "\0" in text:
        raise Unstorable(
            f"{pointer}: the text holds \\u0000, which PostgreSQL cannot store",
            (FieldError(pointer, "holds \\u0000"),),
        )


def checked_edit(edit: SnapshotEdit) -> SnapshotEdit:
    """The edit with each tag once; raises TooLarge, Unstorable, InvalidInput for a blank tag."""
    if edit.note is not UNSET:
        check_remark("/note", edit.note, LONGEST_NOTE)
    if edit.tags is UNSET:
        return edit
    if len(edit.tags) > MOST_TAGS:
        raise TooLarge(f"/tags: a snapshot may have {MOST_TAGS} tags")
    for index, tag in enumerate(edit.tags):
        check_remark(f"/tags/{index}", tag, LONGEST_TAG)
        if not tag.strip():
            at_fault = FieldError(f"/tags/{index}", "must not be blank")
            raise InvalidInput(f"{at_fault.pointer}: {at_fault.reason}", (at_fault,))
    return msgspec.structs.replace(edit, tags=list(dict.fromkeys(edit.tags)))
