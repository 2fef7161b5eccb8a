"""How bubblewrap starts the fork server: on hosts that let nothing else make namespaces.

Owns the command line, nothing more: what bubblewrap shows is what ``confine`` would, and inside,
each program gets Landlock, seccomp and limits as everywhere.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from perfbench.errors import ConfigError
from perfbench.sandbox.confine import places


def command(boot: str, arguments: Sequence[str], root: Path) -> list[str]:
    """Have bubblewrap run the interpreter with the code ``boot`` and these arguments.

    Args:
        root: the folder that perfbench is imported from.

    Raises:
        ConfigError: bubblewrap is not installed.
    """
    tool = shutil.which("bwrap")
    if tool is None:
        raise ConfigError("the sandbox bwrap cannot be had: install bubblewrap")
    shown = places()
    python = os.path.realpath(sys.executable)
    package = root / "perfbench"
    line = [tool, "--unshare-all", "--new-session", "--cap-drop", "ALL"]
    for path, real in shown.readable:
        line += ["--ro-bind", real, real]
        if path != real:
            line += ["--symlink", real, path]
    for path in (python, str(package / "__init__.py"), str(package / "errors.py")):
        line += ["--ro-bind", path, path]
    line += ["--ro-bind", str(package / "sandbox"), str(package / "sandbox")]
    for path in shown.devices:
        line += ["--dev-bind", path, path]
    line += ["--remount-ro", "/", "--chdir", "/", "--"]
    installed = [real for path, real in shown.readable if path.endswith("-packages")]
    setup = f"import sys; sys.path += {installed!r}; {boot}"
    return [*line, python, "-s", "-X", "utf8", "-c", setup, str(root), *arguments]
