"""A bug in painting costs what is painted, and not the window."""

from __future__ import annotations

import importlib
import inspect
import linecache
import pkgutil
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtGui import QColor, QIconEngine, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from pytestqt.qtbot import QtBot

import studio
from studio import painting
from studio.painting import guarded


class Broken(QWidget):
    """Fails half way, with a painter on itself and one on a picture open."""

    def __init__(self) -> None:
        super().__init__()
        self.times, self.is_well = 0, False

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        self.times += 1
        painter = QPainter(self)
        painter.save()
        painter.fillRect(self.rect(), QColor("red"))
        if not self.is_well:
            self._fail(painter)
        painter.restore()

    def _fail(self, painter: QPainter) -> None:
        picture = QPixmap(4, 4)
        self.within = QPainter(picture)
        within = self.within
        within.save()
        raise ValueError(f"nothing on {picture} by {within}")


@pytest.fixture
def forgiven(all_is_painted: None) -> Iterator[None]:
    """What fails here fails on purpose, and is written down without reading its lines."""
    for file in (__file__, painting.__file__):
        linecache.getlines(file)
    yield
    painting.told.clear()


def shown(qtbot: QtBot, widget: QWidget) -> None:
    widget.resize(80, 200)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()


@pytest.mark.usefixtures("forgiven")
def test_that_a_widget_that_cannot_be_painted_is_told_of_once_and_leaves_no_painter_open(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture, qtlog: pytest.LogCaptureFixture
) -> None:
    broken = Broken()
    shown(qtbot, broken)
    for _ in range(4):
        broken.repaint()
        assert not broken.within.isActive()
    assert broken.times > 4
    [record] = [one for one in caplog.records if one.name == "studio.painting"]
    assert "Broken.paintEvent fails" in record.getMessage()
    assert "nothing on" in (record.exc_text or str(record.exc_info))
    assert [one.message for one in qtlog.records if "paint" in one.message.lower()] == []
    broken.is_well = True
    assert broken.grab().toImage().pixelColor(5, 5) == QColor("red")


@pytest.mark.usefixtures("forgiven")
def test_that_where_a_ground_is_counted_on_there_is_one(qtbot: QtBot) -> None:
    broken = Broken()
    broken.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
    shown(qtbot, broken)
    assert broken.grab().toImage().pixelColor(5, 5) == broken.palette().window().color()


class BrokenRows(QStyledItemDelegate):
    """Leaves the painter with a colour and an offset of its own at the second row."""

    @guarded
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.setOpacity(0.5)
        painter.translate(500, 0)
        if index.row() == 1:
            raise ValueError("no such row")
        painter.resetTransform()
        painter.fillRect(option.rect, QColor("blue"))


@pytest.mark.usefixtures("forgiven")
def test_that_a_row_that_cannot_be_painted_leaves_the_others_as_they_are(qtbot: QtBot) -> None:
    view, model = QListView(), QStringListModel(["a", "b", "c"])
    view.setModel(model)
    view.setItemDelegate(BrokenRows(view))
    shown(qtbot, view)
    picture = view.viewport().grab().toImage()
    rows = [view.visualRect(model.index(row)).center() for row in range(3)]
    first, second, third = (picture.pixelColor(at) for at in rows)
    assert first == third != second


def test_that_all_that_qt_calls_to_paint_is_guarded() -> None:
    found = []
    for module in pkgutil.walk_packages(studio.__path__, "studio."):
        if not module.name.endswith("__main__"):
            for _, kind in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                if issubclass(kind, QWidget | QAbstractItemDelegate | QIconEngine):
                    found += [kind.__dict__.get(name) for name in ("paintEvent", "paint")]
    own = [one for one in found if inspect.isfunction(one)]
    assert len(own) > 20
    assert {one.__qualname__ for one in own if not hasattr(one, "__wrapped__")} == set()
