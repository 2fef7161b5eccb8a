"""Makes the helper modules of this folder importable from the tests below it, lets hypothesis take
its time (a busy machine is no failure), lets Ctrl-C reach what tests start, and has modules
compiled once and loaded once for many processes; and the fixtures of tests of several folders."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import warm
from hypothesis import settings

if TYPE_CHECKING:
    from certificates import Authority

# Where it decides whether a change lands, the examples are the same each time.
settings.register_profile("perfbench", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("perfbench")

# A shell starts what it puts into the background with SIGINT ignored, and children inherit that;
# the programs under test are those of a person who can press Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests start hundreds of processes: told not to keep what it compiles, each would compile all
# modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

warm.install()

HERE = Path(__file__).parent


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Where nothing is compiled yet, have each process of a whole run begin with modules of its
    own: in step with each other they would all compile all."""
    mine, processes = map(os.environ.get, ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"))
    whole = [Path(each).resolve() for each in collector.config.args] == [HERE]
    if mine is None or processes is None or not whole or collector.path != HERE:
        return
    for file in sorted(HERE.rglob("test_*.py"))[int(mine[2:]) :: int(processes)]:
        if not [*file.parent.glob(f"__pycache__/{file.stem}.*-pytest-*.pyc")]:
            if str(file.parent) not in sys.path:
                sys.path.insert(0, str(file.parent))
            with suppress(Exception, pytest.skip.Exception):  # As pytest will find, and tell.
                importlib.import_module(file.stem)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom to trust, and who gives certificates."""
    from certificates import Authority  # its library takes long to load

    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names no proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
