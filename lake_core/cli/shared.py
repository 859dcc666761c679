"""What commands share: the flags that say which lake, errors as one line, arguments' forms.

Must not know any one command, or what results look like.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from lake_core import address
from lake_core.cli.instants import TIMES
from lake_core.client.wire import Unavailable, Wire, answers
from lake_core.errors import (
    DatabaseUnavailable,
    InvalidInput,
    LakeError,
    NotFound,
    SettingsError,
)
from lake_core.lake import Lake
from lake_core.scene.model import TrainingEpoch
from lake_core.settings import Settings, load_settings
from lake_core.store.place import holds_lake

FAILED: Final = 1
"""What was asked cannot be done, or is not so: no such space, a fault found, a refusal."""
MISUSED: Final = 2
"""What was given cannot be used: a flag, an argument, a setting."""
AWAY: Final = 3
"""A server or PostgreSQL that is needed does not answer: it may be worth trying again."""

ERRORS = Console(stderr=True, highlight=False)
_PATIENCE: Final = 30.0
_PANEL: Final = "Which lake"
_SHARED: Final[dict[str, Any]] = {
    "data_dir": Annotated[
        Path | None, typer.Option(help="Where the lake is kept.", rich_help_panel=_PANEL)
    ],
    "database_url": Annotated[
        str | None,
        typer.Option(help="Use this PostgreSQL, not the embedded one.", rich_help_panel=_PANEL),
    ],
    "host": Annotated[
        str | None, typer.Option(help="Where a server may be running.", rich_help_panel=_PANEL)
    ],
    "port": Annotated[int | None, typer.Option(help="Its port.", rich_help_panel=_PANEL)],
    "token": Annotated[str | None, typer.Option(help="What it asks for.", rich_help_panel=_PANEL)],
}

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
From = Annotated[str | None, typer.Option("--from", help=f"Not before this time: {TIMES}.")]
To = Annotated[str | None, typer.Option("--to", help="Not after this time, likewise.")]
MaybeSpace = Annotated[
    str | None, typer.Argument(help="Name of the space; without it, all that have none set.")
]
ALL_OTHERS: Final = "(all others)"
"""How those without one are shown."""
Epoch = Annotated[str, typer.Argument(help="Id of the epoch, its beginning, or its name.")]


class ServerAway(LakeError):
    """No lake answers where one is needed."""


class ServerBusy(LakeError):
    """A lake answers that it cannot for now."""


def command(
    group: typer.Typer, name: str, *examples: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a command: it gets Settings first, and a LakeError becomes one line.

    The flags that say which lake is meant are the same for all commands and added here.
    `examples` are shown at the end of the command's help.
    """
    shown = "\n\n".join(["[dim]Examples[/]", *(f"  {escape(each)}" for each in examples)])

    def register(deed: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(deed)
        def run(**values: Any) -> None:
            flags = {key: values.pop(key) for key in _SHARED}
            try:
                deed(load_settings(flags, os.environ), **values)
            except LakeError as error:
                ERRORS.print(f"lake: {escape(' '.join(str(error).split()))}", soft_wrap=True)
                raise typer.Exit(_exit_code(error)) from None

        shared = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for key, kind in _SHARED.items()
        ]
        signature = inspect.signature(deed, eval_str=True)
        own = list(signature.parameters.values())[1:]
        own = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        run.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in [*own, *shared]}
        group.command(name, epilog=shown if examples else None)(run)
        return deed

    return register


def _exit_code(error: LakeError) -> int:
    if isinstance(error, InvalidInput | SettingsError):
        return MISUSED
    return AWAY if isinstance(error, DatabaseUnavailable | ServerAway | ServerBusy) else FAILED


def refuse_no_lake(settings: Settings) -> None:
    """Raise NotFound where a directory holds no lake, rather than make one there."""
    if not settings.database_url and not holds_lake(settings.data_dir):
        raise NotFound(
            f"there is no lake in {settings.data_dir}: start lake-studio or lake-server, "
            "or name another --data-dir"
        )


@contextmanager
def opened(settings: Settings) -> Iterator[Lake]:
    """The lake, open while the block runs. It claims no space until it writes one.

    Raises NotFound where there is none: none is made.
    """
    refuse_no_lake(settings)
    lake = Lake.open(settings, ingesting=False)
    try:
        yield lake
    finally:
        lake.close()


@contextmanager
def bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr while the block runs; only where there is someone to see it."""
    columns = (TextColumn(label), BarColumn(), TextColumn("{task.fields[text]}"))
    unseen = not ERRORS.is_terminal  # else it would leave an empty line behind
    with Progress(
        *columns, TimeElapsedColumn(), console=ERRORS, transient=True, disable=unseen
    ) as drawn:
        task = drawn.add_task(label, total=None, text="")

        def show(done: int, total: int) -> None:
            drawn.update(task, completed=done, total=total, text=f"{done:,} of {total:,}")

        yield show


@contextmanager
def busy(label: str) -> Iterator[Callable[[str], None]]:
    """Says that something is under way whose end is not known; what is yielded says how it goes.

    Only where there is someone to see it.
    """
    if not ERRORS.is_terminal:
        yield lambda text: None
        return
    with ERRORS.status(label) as shown:
        yield lambda text: shown.update(f"{label}: {escape(text)}")


def find_epoch(lake: Lake, wanted: str) -> TrainingEpoch:
    """The epoch of this id, this name, or an id that begins so. Raises NotFound, InvalidInput."""
    all_epochs = lake.epochs()
    for fits in (
        lambda epoch: str(epoch.id) == wanted.lower() or epoch.name == wanted,
        lambda epoch: str(epoch.id).startswith(wanted.lower()),
    ):
        found = [epoch for epoch in all_epochs if fits(epoch)]
        if len(found) == 1:
            return found[0]
        if found:
            raise InvalidInput(f"{len(found)} epochs are meant by {wanted!r}; give the whole id")
    raise NotFound(f"there is no epoch {wanted!r}")


@contextmanager
def server(settings: Settings) -> Iterator[Wire]:
    """A connection to the running server. Raises ServerAway where there is none, ServerBusy."""
    wire = Wire(server_url(settings), settings.token, _PATIENCE)
    try:
        yield wire
    except Unavailable as error:
        raise (ServerBusy if error.answered else ServerAway)(str(error)) from None
    finally:
        wire.close()


def server_url(settings: Settings) -> str:
    """Where the server is reached: as the settings say, or where the data directory's one is."""
    configured = _configured_url(settings)
    left = address.find(settings.data_dir)
    if left is None or left == configured or answers(configured):
        return configured
    return left if answers(left) else configured


def _configured_url(settings: Settings) -> str:
    """Where a server with these settings is reached from this machine."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    host = everywhere.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"
