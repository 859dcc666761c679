"""Commands that speak to a running server as an engine does: a recording, or an imagined scene.

Delivery is the client's, what is said is the recording's or the simulation's; here is what is
asked, and how it goes is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from lake_core.cli.shared import ERRORS, Json, ServerAway, bar, busy, command, server_url
from lake_core.cli.show import print_json
from lake_core.client import ClientStatus, LakeClient, Refusal
from lake_core.client.wire import answers
from lake_core.errors import InvalidInput, LakeError
from lake_core.replay import Progress as ReplayProgress
from lake_core.replay import read_recording, replay
from lake_core.settings import Settings
from lake_core.simulate import Demo, Engine, Mocap, Operation, Plot, parse_flux, play

play_app = typer.Typer()

Url = Annotated[str | None, typer.Option(help="Address of the running server.")]


@command(
    play_app,
    "replay",
    "lake replay walk.jsonl",
    "lake replay walk.jsonl --speed 4 --space another",
    "zcat long.jsonl.gz | lake replay - --as-fast",
)
def replay_recording(
    settings: Settings,
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="NDJSON operations; - is stdin.")],
    url: Url = None,
    speed: Annotated[float, typer.Option(help="Times as fast as it was recorded.")] = 1.0,
    as_fast: Annotated[bool, typer.Option("--as-fast", help="Do not wait at all.")] = False,
    space: Annotated[str | None, typer.Option(help="Send all into this space.")] = None,
) -> None:
    """Send recorded operations to a running server, and wait until all are committed.

    One operation a line, as POST /eustress/ingest/stream takes them; `t` is its time in seconds.
    """
    if not speed > 0.0:
        raise InvalidInput("--speed must be above 0")
    with bar("sending") as shown:
        final = replay(
            read_recording(file, space),
            _reached(settings, url),
            settings.token,
            speed=None if as_fast else speed,
            progress=lambda standing: _show_replay(shown, standing),
            on_refused=_say,
        )
    print(f"{final.acknowledged:,} operations committed")
    if final.refused:
        raise LakeError(f"{final.refused:,} of {final.read:,} operations were refused")


def _plot(text: str) -> Any:
    return typer.Option(help=text, rich_help_panel="The scene")


@command(
    play_app,
    "simulate",
    "lake simulate --duration 60",
    "lake simulate --entities 20000 --rate 5000 --spawn 20 --delete 20 --flux 3=2,6=1,9=1",
    "lake simulate --mocap stream_male_walking.jsonl --space walk",
    "lake simulate --demo",
)
def simulate(
    settings: Settings,
    space: Annotated[str, typer.Option(help="Where the scene is played into.")] = "simulated",
    url: Url = None,
    duration: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds; without it, until Ctrl+C.")
    ] = None,
    entities: Annotated[
        int | None, _plot("How many at first. 1,000, or none beside a recording.")
    ] = None,
    moving: Annotated[float, _plot("Share of them that move, 0 to 1.")] = 0.3,
    rate: Annotated[float, _plot("Moves a second, all together.")] = 1000.0,
    spawn: Annotated[float, _plot("New entities a second.")] = 0.0,
    delete: Annotated[float, _plot("Entities a second that go.")] = 0.0,
    depth: Annotated[int, _plot("Levels of the hierarchy; 0 is none.")] = 4,
    flux: Annotated[
        str | None, _plot("Mix of flux positions: 3=2,6=1,9=1. Else by where they are.")
    ] = None,
    mocap: Annotated[
        Path | None, _plot("A recording played again and again beside the scene.")
    ] = None,
    seed: Annotated[int, _plot("Another number is another scene.")] = 0,
    demo: Annotated[
        bool, typer.Option("--demo", help="Play the bundled demo scene and no other.")
    ] = False,
    coalesce: Annotated[
        bool, typer.Option(help="Send only the latest of an entity's states in a tick.")
    ] = False,
    json: Json = False,
) -> None:
    """Play an engine: build a scene in a running server's lake, and keep it alive.

    Goes on while the server is away, as an engine would, and delivers it all when it is back.
    """
    count = (0 if mocap else 1000) if entities is None else entities
    plot = Plot(
        entities=count, moving=moving, rate=rate, spawns=spawn, deletes=delete, depth=depth,
        flux=parse_flux(flux) if flux else None, seed=seed,
    )  # fmt: skip
    build, frames = _scene(plot, mocap) if not demo else _demo()
    client = LakeClient(
        _reached(settings, url),
        space,
        settings.token,
        coalesce=coalesce,
        spool=False,  # nobody misses what an imagined engine had still to say
        on_refused=_say,
    )
    try:
        with busy("playing") as say:
            began = time.monotonic()
            for operation in build:
                client.operation(operation)
            play(frames, client, duration, lambda status, took: say(_told(status, took)))
            client.flush(30.0)
            status, seconds = client.status, time.monotonic() - began
    finally:
        client.close(0.0)
    _show_played(status, seconds, json=json)


def _scene(
    plot: Plot, recording: Path | None
) -> tuple[Iterator[Operation], Callable[[], list[Operation]]]:
    """How the scene begins, and what happens in each frame."""
    engine = Engine(plot)
    if recording is None:
        return engine.build(), engine.frame
    try:
        with recording.open("rb") as file:
            mocap = Mocap(list(read_recording(file, "simulated")))
    except OSError as error:
        raise InvalidInput(f"{recording} cannot be read: {error.strerror}") from None
    return engine.build(), lambda: [*engine.frame(), *mocap.frame()]


def _demo() -> tuple[Iterator[Operation], Callable[[], list[Operation]]]:
    shown = Demo()
    return shown.build(), shown.frame


def _say(refusal: Refusal) -> None:
    ERRORS.print(escape(str(refusal)), soft_wrap=True)


def _told(status: ClientStatus, seconds: float) -> str:
    return f"{status} / {status.acknowledged / max(seconds, 1e-3):,.0f} changes a second"


def _show_played(status: ClientStatus, seconds: float, *, json: bool) -> None:
    rate = status.acknowledged / max(seconds, 1e-3)
    told = {
        "seconds": round(seconds, 3),
        "sent": status.given,
        "acknowledged": status.acknowledged,
        "refused": status.refused,
        "dropped": status.dropped,
        "undelivered": status.waiting,
        "changes_per_second": round(rate, 1),
    }
    if json:
        print_json(told)
    else:
        print(
            f"{status.given:,} changes sent, {status.acknowledged:,} committed "
            f"in {seconds:.1f} s: {rate:,.0f} a second"
        )
    lost = status.refused + status.dropped + status.waiting
    if lost:
        raise LakeError(f"{lost:,} of {status.given:,} changes are not in the lake: {status}")


def _reached(settings: Settings, url: str | None) -> str:
    target = url or server_url(settings)
    if not answers(target):
        raise ServerAway(f"no lake answers at {target}; start lake-studio or lake-server first")
    return target


def _show_replay(shown: Callable[[int, int], None], standing: ReplayProgress) -> None:
    shown(standing.acknowledged + standing.refused, standing.read)
