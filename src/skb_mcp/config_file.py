"""A settings file on disk: read as it is, kept aside, and replaced in one step.

What a text editor does not show stays: encoding, byte order mark, line endings, permissions, and the
symbolic link that leads to the file.
"""

from __future__ import annotations

import codecs
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from .splicing import SettingsError

__all__ = ["BACKUP", "ConfigFile", "read_config"]

BACKUP = ".skb-mcp.bak"
"""What is put behind the name of a file for the copy that is kept of it."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"", "utf-8"),
)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file, which may not be there yet."""

    path: Path
    """Where it is, behind all symbolic links."""
    data: bytes | None
    """What is in it; None where there is no such file."""
    text: str
    mark: bytes = b""
    encoding: str = "utf-8"

    @property
    def exists(self) -> bool:
        return self.data is not None

    @property
    def backup(self) -> Path:
        """Where the copy is kept."""
        return self.path.with_name(self.path.name + BACKUP)

    def former(self) -> ConfigFile | None:
        """The file as it may have been before our entry: its copy, or no file where there is no copy.

        None where the copy cannot be read.
        """
        try:
            return read_config(self.backup)
        except SettingsError:
            return None

    def replace(self, text: str) -> None:
        """Put a new text in the place of the old one, with the same encoding.

        Raises:
            SettingsError: the file may not be written, is not as it was read any more, or cannot hold the text.
            OSError: it cannot be written.
        """
        self._ready()
        try:
            data = self.mark + text.encode(self.encoding)
        except UnicodeEncodeError:
            raise SettingsError("the entry holds a path that is not Unicode text") from None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _write(self.path, data, self.path if self.exists else None)

    def keep(self) -> None:
        """Keep a copy of the file beside it, with the same permissions, in the place of an older one.

        Raises:
            SettingsError, OSError: as `replace`.
        """
        self._ready()
        if self.data is not None:
            _write(self.backup, self.data, self.path)

    def restore(self, former: ConfigFile) -> None:
        """Make the file what it was, or no file where there was none, and delete the copy.

        Raises:
            SettingsError, OSError: as `replace`.
        """
        self._ready()
        if former.data is None:
            self.path.unlink()
        else:
            _write(self.path, former.data, self.path)
        self.backup.unlink(missing_ok=True)

    def _ready(self) -> None:
        if self.exists and not os.access(self.path, os.W_OK):
            raise SettingsError("the file is read-only")
        if _bytes(self.path) != self.data:
            raise SettingsError("the file has changed in the meantime; try again")


def read_config(path: Path) -> ConfigFile:
    """The file at `path`, there or not.

    Raises:
        SettingsError: not a plain file, not readable, or not text in UTF-8 or UTF-16.
    """
    try:
        real = path.resolve()
        data = _bytes(real)
    except RuntimeError:
        raise SettingsError("the symbolic links to the file form a circle") from None
    except OSError as error:
        raise SettingsError(f"the file cannot be read ({error.strerror or type(error).__name__})") from None
    if data is None:
        return ConfigFile(real, None, "")
    mark, encoding = next((mark, encoding) for mark, encoding in _MARKS if data.startswith(mark))
    try:
        return ConfigFile(real, data, data[len(mark) :].decode(encoding), mark, encoding)
    except UnicodeDecodeError:
        raise SettingsError("the file is not text in UTF-8 or UTF-16") from None


def _bytes(path: Path) -> bytes | None:
    """What is in a file, None where nothing is."""
    if path.exists() and not path.is_file():
        raise SettingsError("there is something in the place of the file that is not one")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, data: bytes, like: Path | None) -> None:
    """Replace a file in one step; nobody ever sees half of it, nor what only the owner of `like` may see."""
    draft = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with open(draft, "xb", opener=_private if like else None) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if like:
            _copy_rights(like, draft)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _copy_rights(source: Path, target: Path) -> None:
    """Give a new file the owner, permissions and attributes of another one, not its age."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):
            os.chown(target, source.stat().st_uid, source.stat().st_gid)
    shutil.copystat(source, target)
    os.utime(target)
