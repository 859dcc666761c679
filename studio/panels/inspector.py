"""The inspector: all there is to know of the selected entity, alive.

Is given details by the application and asks for nothing; links select through the Session.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QKeySequence, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.models.detail_rows import RULES, Detail, DetailRow, DetailRows, Kind
from studio.models.scene_model import SceneModel
from studio.models.time_words import clock_words
from studio.panels.chrome import ElidedLabel, PanelHead, quiet_label, thin_line, tool_button
from studio.panels.class_icons import class_icon
from studio.panels.flux_badge import FluxBadge
from studio.session import Session
from studio.theme import (
    SACRED_NAMES,
    SMALL_PX,
    THEME,
    head_font,
    icon,
    mono_font,
    paint_icon,
    text_font,
)

Index = QModelIndex | QPersistentModelIndex
FIELD_HEIGHT: Final = 24
SECTION_HEIGHT: Final = 34
LEFT: Final = 14
LABEL_SHARE: Final = 0.36
ROW_ROLE: Final = Qt.ItemDataRole.UserRole + 1
SELECT_FIRST: Final = "Select an entity in the tree or in the scene\nto see all it holds."
NOT_THERE: Final = "The selected entity was not in the scene\nat this time."
GONE: Final = "No longer in the scene: shown as it was last."


class DetailModel(QAbstractTableModel):
    """The rows of DetailRows for Qt; keeps its place where only values change."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[DetailRow] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """One."""
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row itself, or its text."""
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{row.label} {row.value}".strip()
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.link or row.value or None
        return None

    def show(self, rows: list[DetailRow]) -> None:
        """Replace the rows."""
        same = [(row.kind, row.path) for row in rows] == [(row.kind, row.path) for row in self.rows]
        if same:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class DetailDelegate(QStyledItemDelegate):
    """Paints a row: quiet label, value, quiet type at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Sections are higher."""
        row: DetailRow = index.data(ROW_ROLE)
        return QSize(100, SECTION_HEIGHT if row.kind is Kind.SECTION else FIELD_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the row."""
        row: DetailRow = index.data(ROW_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.kind is Kind.SECTION:
            self._paint_section(painter, option.rect, row, index.row() == 0)
        else:
            self._paint_field(painter, option.rect, row)
        painter.restore()

    def _paint_section(self, painter: QPainter, rect: QRect, row: DetailRow, first: bool) -> None:
        if not first:
            painter.fillRect(QRect(rect.left(), rect.top() + 3, rect.width(), 1), _colour("line"))
        at = rect.adjusted(LEFT, 5, -10, 0)
        width = _text(painter, at, row.label, THEME.text_quiet, head_font())
        _text(painter, at.adjusted(width + 8, 0, -18, 0), row.note, THEME.text_quiet)
        name = "mdi6.chevron-down" if row.is_open else "mdi6.chevron-right"
        paint_icon(painter, icon(name), rect.right() - 27, rect.center().y() + 3, 14)

    def _paint_field(self, painter: QPainter, rect: QRect, row: DetailRow) -> None:
        indent = LEFT + row.level * 14
        value_left = max(int(rect.width() * LABEL_SHARE), 96)
        if row.is_open is not None:
            name = "mdi6.chevron-down" if row.is_open else "mdi6.chevron-right"
            paint_icon(painter, icon(name), indent - 14, rect.center().y() + 1, 13)
        label = QRect(indent, rect.top(), value_left - indent - 8, rect.height())
        _text(painter, label, row.label, THEME.text_quiet)
        value = QRect(value_left, rect.top(), rect.width() - value_left - 14, rect.height())
        if row.swatch:
            _swatch(painter, value, row.swatch)
            value.setLeft(value.left() + 20)
        note_width = self._paint_note(painter, value, row.note, bool(row.value))
        value.setRight(value.right() - note_width)
        _text(painter, value, row.value, THEME.accent if row.link else THEME.text)

    def _paint_note(self, painter: QPainter, at: QRect, note: str, at_right: bool) -> int:
        if not note:
            return 0
        font = text_font(SMALL_PX)
        painter.setFont(font)
        side = Qt.AlignmentFlag.AlignRight if at_right else Qt.AlignmentFlag.AlignLeft
        painter.setPen(QColor(THEME.text_quiet))
        painter.drawText(at, side | Qt.AlignmentFlag.AlignVCenter, note)
        return painter.fontMetrics().horizontalAdvance(note) + 10


def _colour(name: str) -> QColor:
    return QColor(getattr(THEME, name))


def _text(painter: QPainter, at: QRect, text: str, colour: str, font: QFont | None = None) -> int:
    """Draw elided text; how wide it came out."""
    painter.setFont(font or text_font())
    painter.setPen(QColor(colour))
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, at.width())
    painter.drawText(at, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    return metrics.horizontalAdvance(shown)


def _swatch(painter: QPainter, at: QRect, colour: str) -> None:
    painter.setPen(QColor(THEME.line_strong))
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(at.left() + 0.5, at.center().y() - 5.5, 12, 12), 3, 3)


class DetailView(QTableView):
    """The list of rows; Ctrl+C copies a value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(DetailDelegate(self))
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Fields of the selected entity")
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        heads = self.verticalHeader()
        heads.hide()
        heads.setMinimumSectionSize(FIELD_HEIGHT)
        heads.setDefaultSectionSize(FIELD_HEIGHT)
        heads.setSectionResizeMode(heads.ResizeMode.Fixed)

    def raise_sections(self, rows: list[DetailRow]) -> None:
        """Give section heads their greater height."""
        for at, row in enumerate(rows):
            if row.kind is Kind.SECTION:
                self.setRowHeight(at, SECTION_HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy on Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentIndex().isValid():
            row: DetailRow = self.currentIndex().data(ROW_ROLE)
            QApplication.clipboard().setText(row.link or row.value)
            return
        super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what can be clicked."""
        super().mouseMoveEvent(event)
        row: DetailRow | None = self.indexAt(event.position().toPoint()).data(ROW_ROLE)
        clickable = row is not None and bool(row.link or row.is_open is not None)
        shape = Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)


class InspectorPanel(QWidget):
    """The selected entity: head with name, class and flux, then every field."""

    def __init__(self, session: Session, scene: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._scene = session, scene
        self._detail: Detail | None = None
        self._layout = DetailRows(self._name_of)
        self.model = DetailModel(self)
        self.head = PanelHead("Inspector")
        self.view = DetailView(self)
        self.view.setModel(self.model)
        self.view.clicked.connect(self._clicked)
        self.model.modelReset.connect(lambda: self.view.raise_sections(self.model.rows))
        self._name, self._class, self._id = ElidedLabel(), quiet_label(), ElidedLabel()
        self._class_mark, self._flux, self._rule = QLabel(), FluxBadge(), quiet_label()
        self._gone = quiet_label()
        self._nothing = quiet_label(SELECT_FIRST)
        self._stack = QStackedWidget()
        self._build()
        session.selection_changed.connect(self._selection_changed)
        session.instant_changed.connect(self._instant_changed)

    def show_detail(self, detail: Detail | None) -> None:
        """Show an entity; None where the selected one is not, or no longer, in the scene."""
        if detail is None:
            self._show_absence()
            return
        self._detail = detail
        self._gone.hide()
        self._show_head(detail)
        self.model.show(self._layout.lay_out(detail))
        self._stack.setCurrentIndex(1)

    def _show_absence(self) -> None:
        """In the past nothing of another time is shown, not even quietly."""
        if self._detail is not None and self._session.is_live:
            self._gone.setText(GONE)
            self._gone.show()
        elif not self._session.is_live:
            self._detail = None
            self._nothing.setText(NOT_THERE)
            self._stack.setCurrentIndex(0)

    def _instant_changed(self, instant: datetime | None) -> None:
        self.head.note.setText("" if instant is None else f"as of {clock_words(instant)}")

    def _selection_changed(self, entity_id: str | None) -> None:
        self._detail = None
        if entity_id is None:
            self._nothing.setText(SELECT_FIRST)
            self._stack.setCurrentIndex(0)

    def _show_head(self, detail: Detail) -> None:
        document, flux = detail.document, detail.flux_position
        self._name.set_whole(str(document.get("name") or document.get("id", "")))
        class_type = str(document.get("class_type", ""))
        self._class.setText(class_type or "no class")
        self._class_mark.setPixmap(class_icon(class_type).pixmap(16, 16))
        self._id.set_whole(str(document.get("id", "")))
        self._flux.show_flux(flux)
        kind = f"{SACRED_NAMES[flux]}, sacred" if flux in SACRED_NAMES else "flux"
        self._rule.setText(f"<span style='color:{THEME.text}'>{kind}</span>  {_rule(detail)}")

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self._build_detail())
        column.addWidget(self._stack)

    def _build_detail(self) -> QWidget:
        page = QFrame()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(14, 0, 10, 12)
        top.setSpacing(7)
        self._name.setFont(text_font(17, medium=True))
        self._id.setFont(mono_font(12))
        self._id.setProperty("quiet", True)
        top.addWidget(self._name)
        top.addLayout(_row(self._class_mark, self._class, stretch_last=True))
        top.addLayout(_row(self._flux, self._rule, stretch_last=True))
        top.addLayout(self._id_row())
        top.addWidget(self._gone)
        self._gone.setStyleSheet(f"color: {THEME.warning};")
        self._gone.hide()
        column.addLayout(top)
        column.addWidget(thin_line())
        column.addWidget(self.view, 1)
        return page

    def _id_row(self) -> QHBoxLayout:
        copy_id = tool_button("mdi6.content-copy", "Copy id")
        copy_json = tool_button("mdi6.code-json", "Copy as JSON")
        focus = tool_button("mdi6.crosshairs-gps", "Bring into view (F)")
        copy_id.clicked.connect(lambda: self._copy(copy_id, self._id_text()))
        copy_json.clicked.connect(lambda: self._copy(copy_json, self._json()))
        focus.clicked.connect(lambda: self._session.focus(self._id_text()))
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self._id, 1)
        for button in (copy_id, copy_json, focus):
            row.addWidget(button)
        return row

    def _copy(self, button: QWidget, text: str) -> None:
        """Copy, and say so on the button for a moment."""
        QApplication.clipboard().setText(text)
        before = button.property("icon")
        button.setProperty("icon", icon("mdi6.check", THEME.good))
        QTimer.singleShot(900, button, lambda: button.setProperty("icon", before))

    def _id_text(self) -> str:
        return str(self._detail.document.get("id", "")) if self._detail else ""

    def _json(self) -> str:
        document = dict(self._detail.document) if self._detail else {}
        return json.dumps(document, indent=2, ensure_ascii=False)

    def _name_of(self, entity_id: str) -> str:
        slot = self._scene.slot_of.get(entity_id)
        return self._scene.arrays.names[slot] if slot is not None else f"{entity_id} (unknown)"

    def _clicked(self, index: QModelIndex) -> None:
        row: DetailRow = index.data(ROW_ROLE)
        if row.link:
            self._session.select(row.link)
        elif row.is_open is not None and self._detail is not None:
            self._layout.toggle(row.path)
            self.model.show(self._layout.lay_out(self._detail))


def _rule(detail: Detail) -> str:
    return RULES.get(detail.flux_rule, detail.flux_rule)


def _row(*widgets: QWidget, stretch_last: bool = False) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    if stretch_last:
        row.setStretch(len(widgets) - 1, 1)
    return row
