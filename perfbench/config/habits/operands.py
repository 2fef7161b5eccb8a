"""What in command lines of k6, Locust, hey and wrk is no flag, or a flag that means another thing.

A script, a URL to load, a short flag that two of them have. Knows which word is one; what it means
is said by the flag it becomes.
"""

from __future__ import annotations

from collections.abc import Sequence

_SCRIPTS = (".js", ".mjs", ".ts")
_URLS = ("http://", "https://")
_TAKES_ONE = ("--host", "--url", "--http-proxy", "--proxy", "-x")
_K6 = {"-u": "--vus", "-s": "--stage", "-i": "--iterations", "-d": "--duration"}
_SHORT = {
    **{"k6": _K6, "run": _K6},
    "hey": {"-m": "--http-method", "-d": "--http-body", "-D": "--http-body", "-T": "--http-type"},
    "locust": {
        **{"-u": "--users", "-r": "--spawn-rate", "-t": "--run-time", "-H": "--host"},
        "-f": "--locustfile",
    },
}
"""By the word in front: short flags of the program, which are other things in the others."""


def with_flags(words: Sequence[str], program: str) -> list[str]:
    """The words of a command line of ``program``, these as flags that ``aliases`` has."""
    found: list[str] = []
    words = [_SHORT.get(program, {}).get(word, word) for word in words]
    for before, word in zip(("", *words), words, strict=False):
        if word.endswith(_SCRIPTS) and not before.startswith("-"):
            found += ["--script", word]
        elif word.startswith(_URLS) and before not in _TAKES_ONE:
            found += ["--host", word]
        else:
            found.append(word)
    return found
