"""The composition root: builds everything of one run, wires it, and puts it away again.

Reads from top to bottom as what happens. The window is there at once; the port next, so that an
engine that knocks early waits rather than fails; then the lake.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from lake_core.errors import LakeError
from lake_core.lake import Lake
from lake_core.settings import Settings
from resources import demo
from server.gate import LakeGate
from studio.annotating import Annotating
from studio.attaching import Attaching
from studio.bridge import LakeBridge
from studio.commands import show_around_once, wire_commands
from studio.comparing import Comparing
from studio.deeds import Deeds
from studio.desk import Desk, LakeDesk
from studio.door import Door
from studio.feed import Feed
from studio.fetching import Fetching
from studio.interpreter import calm_interpreter
from studio.lakes import RecentLakes, Visit, Wanted, recent_file
from studio.linking import Linking
from studio.lives import Lives
from studio.models.scene_model import SceneModel
from studio.monitoring import Monitoring
from studio.opening import Opening
from studio.picture import save_picture, wait_for_scene
from studio.playing import Playing
from studio.replaying import Replaying
from studio.session import Session
from studio.timekeeping import Timekeeping
from studio.upkeep_watch import UpkeepWatch
from studio.upkeeping import Upkeeping
from studio.window import StudioWindow
from studio.workers import Workers

SHOWN_FIRST: Final = "drone/0"
"""Selected when the demo has come in: something that moves and whose parameters change."""


@dataclass(frozen=True, slots=True)
class Options:
    """What only the Studio is asked on its command line."""

    screenshot: Path | None = None
    exit_after: float | None = None  # seconds


async def run_studio(visit: Visit, options: Options, stopping: asyncio.Event) -> Visit | None:
    """One run of the Studio, until `stopping` is set; the lake to open next, where there is one.

    Raises LakeError for a bad picture path.
    """
    gate, desk = LakeGate(visit.settings), lay_desk(visit.settings, options)
    window = desk.window
    window.close_requested.connect(stopping.set)
    wanted: list[Wanted] = []
    window.lake_requested.connect(wanted.append)
    window.lake_requested.connect(stopping.set)
    Opening(window, RecentLakes(recent_file()), visit, desk.workers, lambda: gate.run_id)
    window.show()
    window.scene.view.look.find_card()  # takes 45 ms: now, and not when the first scene comes in
    try:
        with calm_interpreter():
            await work_at(desk, visit, gate, options, stopping)
    finally:
        desk.clear()
    return visit.to(wanted[0]) if wanted else None


def lay_desk(settings: Settings, options: Options) -> Desk:
    """The window with all that works without a lake."""
    session, scene = Session(), SceneModel()
    pictured = options.screenshot is not None  # a picture shows the same on every machine
    window = StudioWindow(session, scene, settings.data_dir, as_new=pictured)
    window.welcome.quit_requested.connect(window.close_requested)
    window.welcome.folder_requested.connect(partial(open_folder, settings.data_dir))
    wire_commands(window, session)
    return Desk(session, scene, Workers(), window)


async def work_at(
    desk: Desk, visit: Visit, gate: LakeGate, options: Options, stopping: asyncio.Event
) -> None:
    """Open the port and the lake, live with both, and put the data away."""
    settings, window, lake = visit.settings, desk.window, None
    door = Door(gate, window)
    if visit.server is not None:
        door.attach(visit.server)
    else:
        await door.open(settings.host, settings.port)
    try:
        lake = await open_lake(settings, desk, options, stopping)
        if lake is None:
            gate.give_up()
        else:
            gate.open(lake)
            await door.look_again(lake)
            door.begin_run()
            window.welcome.show_address(door.url, door.token is not None)
            await live(lake, desk, door, options, stopping)
    finally:
        window.remember()
        window.status.showMessage("Putting the data away…")
        await door.close()
        await asyncio.to_thread(desk.workers.close)
        await asyncio.to_thread(window.memory.settle)
        if lake is not None:
            await asyncio.to_thread(lake.close)


async def live(
    lake: Lake, desk: Desk, door: Door, options: Options, stopping: asyncio.Event
) -> None:
    """Show the lake and do what is asked, until the end."""
    bridge = LakeBridge(lake, desk.workers)
    here = desk.with_lake(lake, bridge, door.token)
    feed, deeds = Feed(here), Deeds(here)
    attaching = attach(here, door) if door.attached_to else None
    if attaching is not None:
        attaching.grew.connect(feed.load_spaces)
    Comparing(here)
    Playing(here)
    Linking(here)
    Monitoring(here)
    Lives(here)
    timekeeping = Timekeeping(here)
    fetching = Fetching(here, feed.history)
    Annotating(here)
    upkeeping = Upkeeping(here)
    follow_others(upkeeping.watch, feed, timekeeping)
    replaying = Replaying(here)
    show_around_once(desk.window, desk.scene)
    if lake.settings.demo:
        deeds.toggle_demo()
    feed.start()
    try:
        await stay(desk, options, stopping, demo_plays=lake.settings.demo)
    finally:
        replaying.stop()
        fetching.stop()
        if attaching is not None:
            attaching.stop()
        upkeeping.stop()
        await deeds.stop()
        bridge.close()


def follow_others(watch: UpkeepWatch, feed: Feed, timekeeping: Timekeeping) -> None:
    """Show what other windows and shells do with the lake."""
    watch.history_changed.connect(feed.reload_snapshots)
    watch.epochs_changed.connect(feed.load_epochs)
    watch.bookmarks_changed.connect(timekeeping.load)


def attach(desk: LakeDesk, door: Door) -> Attaching:
    """Show the figures of the server that has the port, until this window listens itself."""
    attaching = Attaching(desk, door.attached_to)
    desk.bridge.only_follows = True

    async def take_over() -> None:
        await door.take_over()
        if not door.attached_to:
            attaching.end()
            desk.bridge.only_follows = False
            if desk.session.is_live:
                desk.bridge.watch(desk.session.space_name)

    deeds: set[asyncio.Task[None]] = set()  # the loop itself would let go of them
    attaching.listen_requested.connect(lambda: deeds.add(asyncio.ensure_future(take_over())))
    return attaching


async def stay(
    desk: Desk, options: Options, stopping: asyncio.Event, *, demo_plays: bool = False
) -> None:
    """Wait for the end; take the picture that was asked for on the way, and at a set end again."""
    picture = asyncio.ensure_future(_picture(desk, options, demo_plays))
    try:
        await asyncio.wait_for(stopping.wait(), options.exit_after)
    except TimeoutError:
        if options.screenshot is not None:
            save_picture(desk.window, options.screenshot)
    finally:
        picture.cancel()
        with suppress(asyncio.CancelledError):
            await picture


async def _picture(desk: Desk, options: Options, demo_plays: bool) -> None:
    """The first full frame: for the demo, when all of it is in and something is selected."""
    whole = sum(1 for operation in demo.build() if operation["op"] == "entity")
    await wait_for_scene(desk.scene, whole * 9 // 10 if demo_plays else 1)
    if demo_plays and not desk.session.selection and SHOWN_FIRST in desk.scene.slot_of:
        desk.session.select(SHOWN_FIRST)
        await wait_for_scene(desk.scene, 1)
    if options.screenshot is not None:
        save_picture(desk.window, options.screenshot)


async def open_lake(
    settings: Settings, desk: Desk, options: Options, stopping: asyncio.Event
) -> Lake | None:
    """Open it, as often as the person wants to try; None where the end came first."""
    while (lake := await _try_lake(settings, desk.window, desk.workers)) is None:
        again = asyncio.Event()
        desk.window.welcome.retry_requested.connect(again.set)
        tries = asyncio.ensure_future(again.wait())
        ends = asyncio.ensure_future(stay(desk, options, stopping))
        await asyncio.wait([tries, ends], return_when=asyncio.FIRST_COMPLETED)
        tries.cancel()
        ends.cancel()
        await asyncio.wait([ends])
        if not again.is_set():
            return None
    return lake


async def _try_lake(settings: Settings, window: StudioWindow, workers: Workers) -> Lake | None:
    """Open it in a worker while the window says how far it is; None where it cannot be."""
    progress = Progress()
    progress.told.connect(window.welcome.show_starting, Qt.ConnectionType.QueuedConnection)
    opened = workers.submit(lambda: Lake.open(settings, progress.told.emit))
    try:
        return await asyncio.wrap_future(opened)
    except LakeError as error:
        window.welcome.show_failed(
            str(error), "" if settings.database_url else str(settings.data_dir)
        )
        window.status.show_no_lake()
        return None


def open_folder(folder: Path) -> None:
    """Show a folder in the desktop's own way."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


class Progress(QObject):
    """Carries a worker's words to the window."""

    told = Signal(str)
