"""The world's faults and the user's: what can go wrong without there being a bug.

Every error a person or an engine should be shown kindly is a `LakeError`; any other exception
is a bug and is left to surface as one. This module knows nothing of HTTP or Qt: the server
maps each class to a status, the Studio to a banner, the command line to an exit code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field at fault: a JSON pointer (RFC 6901) into the request, and why."""

    pointer: str
    reason: str


class LakeError(Exception):
    """Something outside the program is not as it must be; the message says what to do."""


class InvalidInput(LakeError):
    """The request is not what the contract describes: not JSON, or a field is wrong."""

    def __init__(self, message: str, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors


class Unstorable(InvalidInput):
    """The request is well formed, but holds a text PostgreSQL cannot (`\\u0000`)."""


class NotFound(LakeError):
    """No such space, snapshot, epoch or entity."""


class Conflict(LakeError):
    """The deed would break something that is kept on purpose, such as an epoch's snapshot."""


class Gone(LakeError):
    """It was here; retention has expired it."""


class Archived(Gone):
    """It was here; it is in an archive that the message names, and can be brought back."""


class KeyReused(LakeError):
    """This idempotency key was used before with another body."""


class TooLarge(LakeError):
    """Over a limit; the message states the limit."""


class QueueFull(LakeError):
    """More is waiting to be written than the lake holds in memory; try again shortly."""


class DatabaseUnavailable(LakeError):
    """PostgreSQL does not answer; nothing of this request was stored."""


class WriterElsewhere(LakeError):
    """Another process writes this space; one space has one writer."""


class SettingsError(LakeError):
    """A flag, an environment variable or a line of lake.toml cannot be used."""


class ExportFailed(LakeError):
    """An export could not be written; nothing that looks complete was left behind."""


class PlaceFault(LakeError):
    """The folder or the store of an archive does not do as asked; the message says its reason."""


class Cancelled(LakeError):
    """The person who asked for it stopped it."""


class PortInUse(LakeError):
    """Another program listens on the port; the message names it."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} on {host} is in use by another program")
        self.port = port
