"""The same on a Ray cluster of two nodes, where Ray is installed; one of them is lost.

A session of its own, as Ray starts threads and processes that warn when they end.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="ray is not installed (perfbench[ray])"
    ),
    pytest.mark.timeout(300),
]

SESSION = """
import json, sys, time
from ray.cluster_utils import Cluster
from perfbench import run_perf

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
nodes = [cluster.add_node(num_cpus=2) for _ in range(2)]
cluster.wait_for_nodes()
base = {
    "ray": cluster.address, "workers": 1, "parallel": 8, "report": False,
    "outputs_dir": sys.argv[1], "simulator": {"ttft_ms": 10, "itl_ms": 5, "output_tokens": 5},
}
seen = []

def lose(event):
    if type(event).__name__ == "Progress" and event.done > 300 and not seen:
        seen.append(event.done)
        cluster.remove_node(nodes.pop(), allow_graceful=False)

whole = run_perf({**base, "number": 200})
lost = run_perf({**base, "number": 4000}, [lose])
cluster.shutdown()
print(json.dumps([str(whole.path), str(lost.path)]))
"""


def test_a_node_that_is_lost_takes_only_its_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SESSION, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    folders = json.loads(done.stdout.splitlines()[-1])
    whole, lost = (
        json.loads((Path(folder) / "summary.json").read_text())["points"][0] for folder in folders
    )
    assert whole["completed"] == 200
    machines = whole["client"]["machines"]
    assert len({machine["host"] for machine in machines}) == 2
    assert all(machine["clock_error_ms"] < 50 for machine in machines)

    ledger = lost["ledger"]
    assert ledger["planned"] == 4000 == ledger["sent"] + ledger["unsent"]
    assert ledger["sent"] == ledger["ok"] + ledger["lost"] + ledger["cut"]
    assert ledger["ok"] > 300 + 1000, "the other node has done its half"
    assert ledger["unsent"] > 100
    assert lost["interrupted"]
    assert "died" in lost["client"]["reason"]
