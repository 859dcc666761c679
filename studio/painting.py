"""Keeps the window alive where something cannot be painted: nothing is shown, the bug told once.

Qt asks for a picture up to sixty times a second and cannot be handed an exception: it would be
printed each time, and a painter left open may take the process down. Whatever Qt calls to paint
is `guarded`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from traceback import walk_tb
from typing import Final, TypeVar, cast

from PySide6.QtCore import Qt, qInstallMessageHandler
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

Paint = TypeVar("Paint", bound=Callable[..., None])
Place = tuple[str, str, int]
"""Whose painting failed, by what kind of error, in which line."""

told: Final[set[Place]] = set()
"""The bugs that were told already."""
_log = logging.getLogger(__name__)


def guarded(paint: Paint) -> Paint:
    """Have a `paintEvent`, or a `paint` that is given a painter, end well whatever happens in it.

    A painter that is given comes back as it was.
    """

    @wraps(paint)
    def guard(*arguments: object) -> None:
        given = arguments[1] if isinstance(arguments[1], QPainter) else None
        if given is not None:
            given.save()
        try:
            paint(*arguments)
        except Exception as error:  # a bug, and one place is as good as another to live through it
            _end_painters(error, given)
            _tell_once(paint.__qualname__, error)
            if given is None:
                _leave_plain(arguments[0])
        finally:
            if given is not None:
                given.restore()

    return cast(Paint, guard)


def _end_painters(error: Exception, given: QPainter | None) -> None:
    """End what was begun on the way to the error; how far it had come is of no interest to Qt."""
    before = qInstallMessageHandler(lambda kind, context, message: None)
    try:
        for frame, _ in walk_tb(error.__traceback__):
            for value in list(frame.f_locals.values()):
                if isinstance(value, QPainter) and value is not given and value.isActive():
                    value.end()
    finally:
        qInstallMessageHandler(before)


def _tell_once(name: str, error: Exception) -> None:
    *_, (_, line) = walk_tb(error.__traceback__)
    place = (name, type(error).__name__, line)
    if place not in told:
        told.add(place)
        _log.error("a bug: %s fails, and nothing is shown there", name, exc_info=error)


def _leave_plain(widget: object) -> None:
    """Where Qt relies on a widget to fill its ground, fill it."""
    if isinstance(widget, QWidget) and widget.testAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent):
        painter = QPainter(widget)
        painter.fillRect(widget.rect(), widget.palette().window())
        painter.end()
