"""Where an archive lies: a folder, or whatever a URL names that pyarrow or fsspec can open.

Owns how files get there, durably, and how they are read. Knows nothing of what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from lake_core.errors import InvalidInput, NotFound, PlaceFault

_PARTIAL: Final = ".partial"


class Place:
    """A folder of files without subfolders; `where` is how it is named to people."""

    def __init__(self, filesystem: fs.FileSystem, root: str, where: str) -> None:
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self.where = where
        self._is_local = isinstance(filesystem, fs.LocalFileSystem)

    @classmethod
    def at(cls, where: str) -> Place:
        """A folder's path, or a URL such as `s3://bucket/folder`; raises InvalidInput, PlaceFault.

        `~` is the home, which a shell does not see to inside quotes; nothing is no place.
        Passwords belong in the environment (`AWS_SECRET_ACCESS_KEY`): a URL is shown to everyone.
        """
        if not where.strip():
            raise InvalidInput("say where: a folder, or a URL such as s3://bucket/folder")
        if "://" not in where:
            path = os.path.abspath(os.path.expanduser(where))
            return cls(fs.LocalFileSystem(), path, path)
        if "@" in urlsplit(where).netloc:
            raise InvalidInput(
                "the URL holds a name or a password, and would be shown to everyone: "
                "give them in the environment instead"
            )
        with told(where):
            filesystem, root = _filesystem(where)
        return cls(filesystem, root, where)

    def names(self) -> set[str]:
        """The files there are, those in subfolders too."""
        chosen = fs.FileSelector(self._root, recursive=True, allow_not_found=True)
        with told(self.where):
            found = self._filesystem.get_file_info(chosen)
        prefix = len(self._root) + 1
        return {each.path[prefix:] for each in found if each.type != fs.FileType.Directory}

    def read(self, name: str) -> pa.Buffer:
        """A whole file; raises NotFound, PlaceFault."""
        try:
            with self._filesystem.open_input_stream(f"{self._root}/{name}") as stream:
                return stream.read_buffer()
        except FileNotFoundError:
            raise NotFound(f"{self.where} has no {name}") from None
        except (OSError, pa.ArrowException) as error:
            raise PlaceFault(f"{self.where}/{name} cannot be read: {error}") from error

    @contextmanager
    def writing(self, name: str) -> Iterator[Any]:
        """A stream to a file, which is durable once the block has ended; raises PlaceFault."""
        path = f"{self._root}/{name}"
        with told(self.where):
            if self._is_local:
                Path(self._root).mkdir(parents=True, exist_ok=True)
            with self._filesystem.open_output_stream(path) as stream:
                yield stream
            if self._is_local:
                _make_durable(path)

    def put(self, name: str, text: bytes) -> None:
        """A file that is there whole or not at all, after all that was written before."""
        if not self._is_local:  # an object appears when it is closed
            with self.writing(name) as stream:
                stream.write(text)
            return
        with self.writing(name + _PARTIAL) as stream:
            stream.write(text)
        with told(self.where):
            _make_durable(self._root)
            os.replace(f"{self._root}/{name}{_PARTIAL}", f"{self._root}/{name}")
            _make_durable(self._root)
            _make_durable(os.path.dirname(self._root))

    def remove(self, names: Collection[str]) -> None:
        """Take files away, in order, and the folder where nothing is left in it."""
        with told(self.where):
            for name in names:
                self._filesystem.delete_file(f"{self._root}/{name}")
        if self._is_local:
            with suppress(OSError):
                os.rmdir(self._root)


@contextmanager
def told(where: str) -> Iterator[None]:
    """Tell what a disk or a store complains of as PlaceFault."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise PlaceFault(f"the archive at {where} cannot be reached: {error}") from error


def _filesystem(where: str) -> tuple[fs.FileSystem, str]:
    scheme = urlsplit(where).scheme
    try:
        found: tuple[fs.FileSystem, str] = fs.FileSystem.from_uri(where)
        return found
    except pa.ArrowInvalid as error:
        if "Unrecognized filesystem" not in str(error):
            raise InvalidInput(f"{where}: {error}") from None
    try:
        from fsspec.core import url_to_fs  # optional: only where it is installed and needed

        opened, root = url_to_fs(where)
    except (ImportError, ValueError) as error:
        raise InvalidInput(
            f"no way to open {scheme}:// is installed: {error}; use a folder, s3:// or gs://"
        ) from None
    return fs.PyFileSystem(fs.FSSpecHandler(opened)), root


def _make_durable(path: str) -> None:
    """Have the disk hold a file or a directory before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def readable(buffer: pa.Buffer) -> IO[bytes]:
    """A file over what was read."""
    reader: IO[bytes] = pa.BufferReader(buffer)
    return reader
