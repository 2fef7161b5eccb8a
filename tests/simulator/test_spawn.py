import gc
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from simulator_client import ask, chat

from perfbench.config import SimulatorConfig
from perfbench.errors import TargetError
from perfbench.simulator import serve
from perfbench.simulator.api import Call
from perfbench.simulator.connection import Connection
from perfbench.simulator.generation import Generation
from perfbench.simulator.loop import Loop
from perfbench.simulator.options import options_of
from perfbench.simulator.service import Service
from perfbench.simulator.spawn import Simulator


def gone(pid, seconds=5.0):
    """Whether a process ends in time (a zombie has ended)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_it_listens_inside_the_block_and_is_gone_after_it():
    with Simulator(SimulatorConfig(port=0)) as simulator:
        assert ask(simulator.url, "/health").status == 200
        pid, port = simulator.pid, int(simulator.url.rpartition(":")[2])
    assert gone(pid)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    with pytest.raises(RuntimeError):
        _ = simulator.pid


def test_a_port_that_is_taken_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = SimulatorConfig(port=port)
        with pytest.raises(TargetError) as caught, Simulator(config):
            pass
        assert str(caught.value) == (
            f"the simulator cannot listen on 127.0.0.1:{port}: address already in use"
        )
        with pytest.raises(TargetError, match="address already in use"):
            serve.main(config)


def test_a_host_or_log_that_cannot_be_used_is_one_clear_line(tmp_path):
    for config in (
        SimulatorConfig(port=0, host="no such host"),
        SimulatorConfig(port=0, log=tmp_path / "missing" / "truth.tsv"),
    ):
        with pytest.raises(TargetError) as caught, Simulator(config):
            pass
        assert "\n" not in str(caught.value)
        assert "cannot" in str(caught.value)


PARENT = """
import os, signal, sys
from perfbench.config import SimulatorConfig
from perfbench.simulator.spawn import Simulator
with Simulator(SimulatorConfig(port=0)) as simulator:
    print(simulator.pid, flush=True)
    signal.pause()
"""


def test_it_dies_with_its_parent_even_if_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid, 0.1)
        parent.kill()
        assert gone(pid)


def test_ctrl_c_on_the_terminal_is_left_to_the_parent():
    with Simulator(SimulatorConfig(port=0)) as simulator:
        assert os.getsid(simulator.pid) != os.getsid(0)
        os.kill(simulator.pid, signal.SIGINT)
        assert chat(simulator.url).complete


def test_a_child_that_hangs_is_killed(monkeypatch):
    monkeypatch.setattr("perfbench.simulator.spawn._STOP_S", 0.2)
    with Simulator(SimulatorConfig(port=0)) as simulator:
        pid = simulator.pid
        os.kill(pid, signal.SIGSTOP)
    assert gone(pid)


MAIN = """
from perfbench.config import SimulatorConfig
from perfbench.simulator.serve import main
main(SimulatorConfig(port=0), lambda url: print(url, flush=True))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_main_serves_until_a_signal_and_tells_its_lateness(number):
    with subprocess.Popen(
        [sys.executable, "-c", MAIN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        url = process.stdout.readline().strip()
        assert chat(url, max_tokens=5).complete
        process.send_signal(number)
        assert process.wait(5) == 0
        assert process.stderr.read().startswith("simulator: events 5, sent late by: mean ")


def test_the_child_starts_without_the_settings_tree():
    script = (
        "import sys; import perfbench.simulator.__main__; "
        "print(*{'pydantic', 'numpy', 'asyncio', 'aiohttp'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_connections_leave_no_reference_cycles_behind():
    loop = Loop()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    service = Service(options_of(SimulatorConfig(port=0)), listener, loop)
    gc.collect()
    gc.disable()
    try:
        with ThreadPoolExecutor(1) as pool:
            replies = pool.submit(talk, url, loop)
            loop.run()
            assert [reply.status for reply in replies.result()] == [200, 200, 200, 200, 500, 200]
        service.close()
        kinds = (Connection, Generation, Call)
        assert [kept for kept in gc.get_objects() if isinstance(kept, kinds)] == []
    finally:
        gc.enable()
        loop.close()
        listener.close()


def talk(url, loop):
    faults = (None, "cut", "close", "in_band", "error", "framing=odd")
    try:
        return [chat(url, fault, max_tokens=4) for fault in faults]
    finally:
        loop.at(time.perf_counter_ns() + 50_000_000, lambda due, argument: loop.stop())
        # The loop may be waiting without a timer: a request wakes it.
        ask(url, "/health")
