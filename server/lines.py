"""Cuts what comes in pieces into lines, none of which may be over a limit.

Pure; knows nothing of what the lines say or where the pieces come from.
"""

from __future__ import annotations


class LineCutter:
    """Lines end with LF or CRLF; the last may lack its end. A CR is left to the reader of lines.

    `is_too_long` is set where the line after those returned is over `limit` bytes: nothing more
    can be cut then.
    """

    def __init__(self, limit: int) -> None:
        self.is_too_long = False
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that end in the next piece."""
        end = data.rfind(b"\n")
        if end < 0:
            self._rest += data
            return self._checked([])
        whole = bytes(self._rest) + data[:end] if self._rest else data[:end]
        self._rest = bytearray(data[end + 1 :])
        return self._checked(whole.split(b"\n"))

    def end(self) -> list[bytes]:
        """The last line, where something stands after the last line feed."""
        rest, self._rest = bytes(self._rest), bytearray()
        return [rest] if rest else []

    def _checked(self, lines: list[bytes]) -> list[bytes]:
        if lines and max(map(len, lines)) > self._limit:
            self.is_too_long = True
            return lines[: next(i for i, line in enumerate(lines) if len(line) > self._limit)]
        if len(self._rest) > self._limit:
            self.is_too_long = True
        return lines
