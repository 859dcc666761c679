"""The inspector: all there is to know of the selected entity, alive.

Is given details by the application and asks for nothing; links select through the Session.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.models.detail_model import ROW_ROLE, DetailModel
from studio.models.detail_rows import RULES, Detail, DetailRow, DetailRows
from studio.models.life import Life
from studio.models.plain_values import name_words
from studio.models.scene_model import SceneModel
from studio.models.time_words import clock_words
from studio.panels.chrome import ElidedLabel, PanelHead, quiet_label, thin_line, tool_button
from studio.panels.class_icons import class_icon
from studio.panels.detail_view import DetailView
from studio.panels.flux_badge import FluxBadge
from studio.session import Session
from studio.theme import SACRED_NAMES, SWITCH, THEME, icon, mono_font, styled, text_font

SELECT_FIRST: Final = "Select an entity in the tree or in the scene\nto see all it holds."
NOT_HERE: Final = "The selected entity is not in the scene."
NOT_THERE: Final = "The selected entity was not in the scene\nat this time."
READING: Final = "Reading what it holds…"
LATE_MS: Final = 300
"""Until what is of another entity is put away, though nothing is known of this one yet."""
GONE: Final = "No longer in the scene: shown as it was last."


class InspectorPanel(QWidget):
    """The selected entity: head with name, class and flux, then every field and its life."""

    detail_shown = Signal(str)  # its id: what is known of its life may be stale

    def __init__(self, session: Session, scene: SceneModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._scene = session, scene
        self._detail: Detail | None = None
        self._is_current = True
        self._layout = DetailRows(self._name_of)
        self.model = DetailModel(self)
        self.head = PanelHead("Inspector")
        self.view = DetailView(self)
        self.view.setModel(self.model)
        self.view.clicked.connect(self._clicked)
        self.view.instant_requested.connect(session.show_instant)
        self.model.rowsInserted.connect(lambda *_: self.view.fit_rows())
        self.model.rowsRemoved.connect(lambda *_: self.view.fit_rows())
        self._name, self._class, self._id = ElidedLabel(), ElidedLabel(), ElidedLabel()
        self._class_mark, self._flux, self._rule = QLabel(), FluxBadge(), quiet_label()
        self._rule.setTextFormat(Qt.TextFormat.RichText)
        self._gone = quiet_label()
        self._late = QTimer(self, singleShot=True, interval=LATE_MS)
        self._late.timeout.connect(lambda: self._show_nothing(READING))
        self._nothing = quiet_label(SELECT_FIRST)
        self._stack = QStackedWidget()
        self._build()
        session.selection_changed.connect(self._selection_changed)
        session.instant_changed.connect(self._instant_changed)
        SWITCH.changed.connect(self._dress)

    def show_detail(self, detail: Detail | None, note: str = "") -> None:
        """Show an entity; None where the selected one is not, or no longer, in the scene.

        A `note` says of which time it is, where that is not the one shown.
        """
        self._late.stop()
        if detail is None:
            self._show_absence()
            return
        self._detail, self._is_current = detail, not note
        self._gone.setText(note)
        self._gone.setVisible(bool(note))
        self._show_head(detail)
        self.model.show(self._layout.lay_out(detail))
        self._stack.setCurrentIndex(1)
        self.detail_shown.emit(self._id_text())

    def show_life(self, life: Life) -> None:
        """Show how the entity came to be what it is; another's is passed over."""
        if self._detail is not None and life.entity_id == self._id_text():
            self._layout.tell_life(life)
            self.model.show(self._layout.lay_out(self._detail))

    def _dress(self) -> None:
        if self._detail is not None:
            self._show_head(self._detail)

    def _show_absence(self) -> None:
        """In the past nothing of another time is shown, not even quietly."""
        if self._detail is not None and self._is_current and self._session.is_live:
            self._gone.setText(GONE)
            self._gone.show()
        else:
            self._show_nothing(NOT_HERE if self._session.is_live else NOT_THERE)

    def _show_nothing(self, words: str) -> None:
        self._detail = None
        self._nothing.setText(words)
        self._stack.setCurrentIndex(0)

    def _instant_changed(self, instant: datetime | None) -> None:
        self.head.note.setText("" if instant is None else f"as of {clock_words(instant)}")
        self._layout.show_instant(instant)
        if self._detail is not None:
            self.model.show(self._layout.lay_out(self._detail))

    def _selection_changed(self, entity_id: str | None) -> None:
        """What was shown gives way as soon as the next is known, or is not in good time."""
        self._detail = None
        self._layout.tell_life(Life())
        if entity_id is None:
            self._late.stop()
            self._show_nothing(SELECT_FIRST)
        else:
            self._late.start()

    def _show_head(self, detail: Detail) -> None:
        document, flux = detail.document, detail.flux_position
        entity_id = str(document.get("id", ""))
        self._name.set_whole(name_words(str(document.get("name") or ""), entity_id))
        class_type = str(document.get("class_type", ""))
        self._class.set_whole(class_type or "no class")
        self._class_mark.setPixmap(class_icon(class_type).pixmap(16, 16))
        self._id.set_whole(entity_id)
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
        for label in (self._class, self._id):
            label.setProperty("quiet", True)
        top.addWidget(self._name)
        top.addLayout(_row(self._class_mark, self._class, stretch_last=True))
        top.addLayout(_row(self._flux, self._rule, stretch_last=True))
        top.addLayout(self._id_row())
        top.addWidget(self._gone)
        styled(self._gone, lambda: f"color: {THEME.warning};")
        self._gone.setWordWrap(True)
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
        if slot is None:
            return f"{entity_id} (unknown)"
        return name_words(self._scene.arrays.names[slot], entity_id)

    def _clicked(self, index: QModelIndex) -> None:
        row: DetailRow = index.data(ROW_ROLE)
        if row.link:
            self._session.select(row.link)
        elif row.instant is not None:
            self._session.show_instant(row.instant)
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
