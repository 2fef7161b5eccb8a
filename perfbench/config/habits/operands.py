"""What in command lines of k6, Locust, hey and wrk is no flag, or a flag that means another thing.

A script, a URL to load, Locust's ``-u``. Knows which word is one; what it means is said by the flag
it becomes.
"""

from __future__ import annotations

from collections.abc import Sequence

_SCRIPTS = (".js", ".mjs", ".ts")
_URLS = ("http://", "https://")
_TAKES_ONE = ("--host", "--url", "--http-proxy", "--proxy", "-x")


_SHORT = {
    "k6": {"-u": "--vus", "-s": "--stage", "-i": "--iterations", "-d": "--duration"},
    "locust": {
        **{"-u": "--users", "-r": "--spawn-rate", "-t": "--run-time", "-H": "--host"},
        "-f": "--locustfile",
    },
}
"""By the program: short flags of its own, which are other things in the others."""


def with_flags(words: Sequence[str], program: str = "") -> list[str]:
    """The words of a command line of ``program``, these as flags that ``aliases`` has."""
    found: list[str] = []
    words = [_SHORT.get(program, {}).get(word, word) for word in words]
    for before, word in zip(("", *words), words, strict=False):
        if before == "-u" and word.isdigit():  # Locust's users; elsewhere it is the URL
            found[-1:] = ["--users", word]
        elif word.endswith(_SCRIPTS) and not before.startswith("-"):
            found += ["--script", word]
        elif word.startswith(_URLS) and before not in _TAKES_ONE:
            found += ["--host", word]
        else:
            found.append(word)
    return found
