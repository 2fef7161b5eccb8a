"""What boxes elsewhere have in common: a program as one line of ASCII, which no service's quoting
breaks, its interpreter, and what is said of one that is not there.
"""

from __future__ import annotations

import base64

from perfbench.errors import ConfigError
from perfbench.sandbox.jobs import Box, Limits

_LINE = (
    "import base64;exec(compile(base64.b64decode('{code}').decode('utf-8','surrogatepass'),"
    "'program.py','exec'),{{'__name__':'__main__'}})"
)
_FED = """
import base64, os, threading
_ours, _theirs = os.pipe()
os.dup2(_ours, 0)
os.close(_ours)
def _feed():
    try:
        with open(_theirs, "wb") as pipe:
            pipe.write(base64.b64decode("{stdin}"))
    except OSError:
        pass
threading.Thread(target=_feed, daemon=True).start()
"""
"""A pipe, as files can be written in few boxes."""
_VERSION = "import sys; print(sys.implementation.name, '.'.join(map(str, sys.version_info[:3])))"


def one_line(source: str, stdin: bytes = b"") -> str:
    """A script that does what ``source`` does with this as its standard input."""
    if stdin:
        feed = _FED.format(stdin=base64.b64encode(stdin).decode())
        return one_line(f"{feed}\n{one_line(source)}")
    return _LINE.format(code=base64.b64encode(source.encode("utf-8", "surrogatepass")).decode())


def interpreter(box: Box, what: str) -> str:
    """``Box.isolation`` of a box: its name and its interpreter's, which shows that it works.

    Args:
        what: the setting that asked for the box.

    Raises:
        ConfigError: it does not.
    """
    ran = box.once(_VERSION, b"", Limits())
    said = ran.stdout.decode("utf-8", "replace").split("\n")[0].strip()
    if ran.ended != "exited" or ran.exit != 0 or not said:
        lines = ran.stderr.decode("utf-8", "replace").strip().split("\n")
        raise ConfigError(f"{what} runs no programs: {ran.why or lines[-1] or 'it says nothing'}")
    return f"{box.name}, {said[:100]}"
