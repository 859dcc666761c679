"""What the person is looking at: the one state all panels share.

A Session holds the space, the selection, the hover, the flux filter, what is hidden, the chosen
snapshots, the instant shown, and which other server writes it, if one does. Panels read it, ask it
to change and listen to its signals. It knows no lake and no widget, and checks nothing against the
data: a selected id may be gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from studio.models.served import ServedBy

ALL_FLUX: Final = frozenset(range(10))
SACRED_FLUX: Final = frozenset({3, 6, 9})


class Session(QObject):
    """The shared state. Each setter does nothing where the value is the present one."""

    space_changed = Signal(str)
    selection_changed = Signal(object)  # entity id or None
    selected_changed = Signal(object)  # tuple[str, ...]: all that is selected, the main one last
    hovered_changed = Signal(object)  # entity id or None
    flux_filter_changed = Signal(object)  # frozenset[int] of the positions shown
    chosen_changed = Signal(object)  # tuple[UUID, ...]
    instant_changed = Signal(object)  # datetime or None, which is live
    server_changed = Signal(object)  # ServedBy, or None where this process writes itself
    visibility_changed = Signal()  # what is hidden or isolated
    focus_requested = Signal(str)  # entity id the scene should bring into view

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._space_name = ""
        self._selection: str | None = None
        self._selected: tuple[str, ...] = ()
        self._hidden: frozenset[str] = frozenset()
        self._isolated: frozenset[str] = frozenset()
        self._hovered: str | None = None
        self._flux_filter = ALL_FLUX
        self._chosen: tuple[UUID, ...] = ()
        self._holds_choice = False
        self._instant: datetime | None = None
        self._server: ServedBy | None = None

    @property
    def space_name(self) -> str:
        """The space shown; "" before there is one."""
        return self._space_name

    @property
    def selection(self) -> str | None:
        """Id of the selected entity; of several, the one that was added last."""
        return self._selection

    @property
    def selected(self) -> tuple[str, ...]:
        """Ids of all selected entities; the last is `selection`."""
        return self._selected

    @property
    def hidden(self) -> frozenset[str]:
        """Entities that are hidden with all that is under them."""
        return self._hidden

    @property
    def isolated(self) -> frozenset[str]:
        """Entities that alone are shown, with all under them; empty where all are."""
        return self._isolated

    @property
    def hovered(self) -> str | None:
        """Id of the entity under the pointer, in whichever panel."""
        return self._hovered

    @property
    def flux_filter(self) -> frozenset[int]:
        """The flux positions shown; `ALL_FLUX` where nothing is filtered."""
        return self._flux_filter

    @property
    def chosen_snapshots(self) -> tuple[UUID, ...]:
        """The snapshots chosen on the timeline, oldest first."""
        return self._chosen

    @property
    def instant(self) -> datetime | None:
        """The instant shown; None is live."""
        return self._instant

    @property
    def is_live(self) -> bool:
        """Whether the scene shown is the present one."""
        return self._instant is None

    @property
    def server(self) -> ServedBy | None:
        """The server this window is attached to, as it last was; None where it is to none."""
        return self._server

    def show_server(self, server: ServedBy | None) -> None:
        """So does the server that is looked at."""
        if server != self._server:
            self._server = server
            self.server_changed.emit(server)

    def show_space(self, space_name: str) -> None:
        """Go to a space; selection and instant belong to the old one, and what was chosen.

        But for a choice that is held: that may be of several spaces.
        """
        if space_name == self._space_name:
            return
        self.select(None)
        self.show_everything()
        self.hover(None)
        if not self._holds_choice:
            self.choose(())
        self.show_instant(None)
        self._space_name = space_name
        self.space_changed.emit(space_name)

    def select(self, entity_id: str | None) -> None:
        """Make an entity the selected one; None selects nothing."""
        self.select_all(() if entity_id is None else (entity_id,))

    def select_all(self, entity_ids: Iterable[str]) -> None:
        """Select these; the last is the main one, which panels for a single entity show."""
        selected = tuple(dict.fromkeys(entity_ids))
        if selected == self._selected:
            return
        self._selected = selected
        main = selected[-1] if selected else None
        if main != self._selection:
            self._selection = main
            self.selection_changed.emit(main)
        self.selected_changed.emit(selected)

    def toggle_selected(self, entity_id: str) -> None:
        """Add an entity to the selection, or take it out."""
        rest = [one for one in self._selected if one != entity_id]
        self.select_all(rest if len(rest) < len(self._selected) else [*rest, entity_id])

    def hide(self, entity_ids: Iterable[str]) -> None:
        """Hide these too, and all that is under them."""
        self._show_only(self._hidden | frozenset(entity_ids), self._isolated)

    def unhide(self, entity_ids: Iterable[str]) -> None:
        """Show these again."""
        self._show_only(self._hidden - frozenset(entity_ids), self._isolated)

    def isolate(self, entity_ids: Iterable[str]) -> None:
        """Show these alone, hidden before or not, with all that is under them; none shows all."""
        isolated = frozenset(entity_ids)
        self._show_only(self._hidden - isolated, isolated)

    def show_everything(self) -> None:
        """Nothing hidden, nothing isolated."""
        self._show_only(frozenset(), frozenset())

    def _show_only(self, hidden: frozenset[str], isolated: frozenset[str]) -> None:
        if (hidden, isolated) != (self._hidden, self._isolated):
            self._hidden, self._isolated = hidden, isolated
            self.visibility_changed.emit()

    def hover(self, entity_id: str | None) -> None:
        """Say what the pointer is over."""
        if entity_id != self._hovered:
            self._hovered = entity_id
            self.hovered_changed.emit(entity_id)

    def filter_flux(self, shown: Iterable[int]) -> None:
        """Show only these flux positions."""
        positions = frozenset(shown)
        if positions != self._flux_filter:
            self._flux_filter = positions
            self.flux_filter_changed.emit(positions)

    def choose(self, snapshot_ids: Iterable[UUID]) -> None:
        """Choose snapshots, oldest first."""
        chosen = tuple(snapshot_ids)
        if chosen != self._chosen:
            self._chosen = chosen
            self.chosen_changed.emit(chosen)

    def hold_choice(self, holds: bool) -> None:
        """Keep what is chosen while other spaces are shown, as long as an epoch is built."""
        self._holds_choice = holds

    def show_instant(self, instant: datetime | None) -> None:
        """Look at the scene as it was; None goes back to live."""
        if instant != self._instant:
            self._instant = instant
            self.instant_changed.emit(instant)

    def focus_selection(self) -> None:
        """Ask the scene to bring the selected entity into view, where there is one."""
        if self._selection is not None:
            self.focus_requested.emit(self._selection)

    def focus(self, entity_id: str) -> None:
        """Select an entity and ask the scene to bring it into view."""
        self.select(entity_id)
        self.focus_requested.emit(entity_id)
