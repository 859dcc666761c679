"""Request bodies as typed values, with errors that name the field at fault.

For what people and scripts ask; what engines send is decoded in the lake thread. Pure.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from lake_core.errors import InvalidInput
from lake_core.scene.decode import invalid_from_msgspec

T = TypeVar("T")


def decoded(body: bytes, kind: type[T]) -> T:
    """The JSON body as a `kind`; raises InvalidInput."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise invalid_from_msgspec(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise InvalidInput("the body is nested too deeply") from None
