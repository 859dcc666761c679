"""The windows of one test, taken down when it is over, in the thread they live in."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from studio.models.scene_model import SceneModel
from studio.session import Session


@contextmanager
def own_windows() -> Iterator[None]:
    """Nothing is collected meanwhile; afterwards all that the test has left is.

    Python would do it in any thread and at any time: in a worker of a later test.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()  # what is there before the first window is no test's: not to be looked through
    gc.disable()
    try:
        yield
    finally:
        models = [one for one in gc.get_objects() if isinstance(one, Session | SceneModel)]
        for left in [*QApplication.topLevelWidgets(), *filter(isValid, models)]:
            left.deleteLater()
        del models
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        gc.enable()
