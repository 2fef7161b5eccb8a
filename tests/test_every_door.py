"""Everything that connects, held to whom a run may ask: the first look at models, pages of figures,
boxes elsewhere, agents and the workers behind them.

Names lead where the test says: what is replaced is the system's resolver.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from agents import TOKEN, agent
from fleet_runs import spec_of
from scripted_server import Reply, ScriptedServer, sized, target_of
from test_architecture import ast, called, modules, tree

from perfbench.config import PerfConfig, SimulatorConfig
from perfbench.config.evaluation import EvalConfig
from perfbench.driver.crew import Crew
from perfbench.driver.discover import first_model
from perfbench.driver.fleet import Fleet
from perfbench.driver.machines.hosts import Hosts, Where
from perfbench.driver.service import open_service
from perfbench.errors import ConfigError, PerfbenchError, TargetError, WorkerError
from perfbench.evaluation.asking import open_judges
from perfbench.sandbox.client import Client, ServiceFailed
from perfbench.scrape.names import Reading
from perfbench.scrape.source import Page
from perfbench.scrape.sources import pages_of
from perfbench.targets import Policy, allowed
from perfbench.types import Point, Request

NAME = "llm.invalid"
PUBLIC = "8.8.8.8"
OTHER = "127.0.0.2"
PRIVATE = Policy(deny_private=True)
MODELS = sized(b'{"data": [{"id": "m"}]}')
SAID = f"{NAME} is at 127.0.0.1, which is loopback, and --deny-private forbids it; "

DOORS = {
    "perfbench.client.wire": "asks the target",
    "perfbench.client.aiohttp": "asks the target",
    "perfbench.driver.discover": "asks the target",
    "perfbench.scrape.source": "asks the target",
    "perfbench.sandbox.client": "asks the policy",
    "perfbench.driver.machines.hosts": "asks the policy",
    "perfbench.driver.machines.cluster": "a head that Ray connects to next",
    "perfbench.targets": "connects to what was judged",
    "perfbench.driver.worker": "the parent's own socket",
    "perfbench.local.launch": "a server that was started here",
    "perfbench.rows.hub": "hubs of the environment",
    "perfbench.workloads.tokenizer": "hubs of the environment",
    "perfbench.server.library": "a file of SQLite",
    "perfbench.server.queue": "a file of SQLite",
}
"""Every module that opens connections, and why none of them leads where it must not."""
_WAYS_OUT = {
    *("connect", "connect_ex", "connected", "create_connection", "create_unix_connection"),
    *("sock_connect", "open_connection", "open_unix_connection", "urlopen", "urlretrieve"),
    *("HTTPConnection", "HTTPSConnection", "ClientSession", "TCPConnector"),
}


def test_every_door_is_known() -> None:
    """Whoever adds one says here whom it may lead to (docs/targets.md tells users)."""
    found = set()
    for module in modules():
        calls = {called(node) for node in ast.walk(tree(module)) if isinstance(node, ast.Call)}
        files = module.startswith(("perfbench.store", "perfbench.evaluation.data"))
        if calls & _WAYS_OUT and not files:
            found.add(module)
    assert found == set(DOORS)


def only(*targets: str) -> Policy:
    return Policy(deny_private=True, allowed=tuple(map(allowed, targets)))


@pytest.fixture
def lead(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have ``NAME`` lead to these addresses, one set for each time it is looked up; the last stays.
    All else is looked up as ever."""
    real = socket.getaddrinfo

    def leads_to(*answers: Sequence[str]) -> None:
        left = list(answers)

        def resolved(host: Any, port: Any, *given: Any, **named: Any) -> Any:
            if host != NAME or named.get("flags"):
                return real(host, port, *given, **named)
            found = left.pop(0) if len(left) > 1 else left[0]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

        monkeypatch.setattr(socket, "getaddrinfo", resolved)

    return leads_to


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer([Reply([MODELS])]).running() as running:
        yield running


def ask_for_models(server: ScriptedServer, policy: Policy) -> None:
    first_model(target_of(server, host=NAME, policy=policy), "/v1/models")


def read_a_page(server: ScriptedServer, policy: Policy) -> None:
    target = target_of(server, host=NAME, policy=policy)
    page = Page("page", target, "/metrics", Reading({}, ()))
    problem = page.scrape().problem or ""
    page.close()
    if "nothing in it is known" not in problem:
        raise TargetError(problem)


def run_a_program(server: ScriptedServer, policy: Policy) -> None:
    Client(f"http://{NAME}:{server.port}", {}, policy).ask("POST", "/run_code", {})


def reach_an_agent(server: ScriptedServer, policy: Policy) -> None:
    server.greeting = b"SSH-2.0-nobody\r\n"
    try:
        Hosts([Where(NAME, server.port)], TOKEN, policy=policy).close()
    except WorkerError as error:
        if "is no message of perfbench" not in str(error):
            raise


WAYS = [ask_for_models, read_a_page, run_a_program, reach_an_agent]


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_comes_to_lead_elsewhere_is_refused_at_the_connection(
    way: Callable[..., None], server: ScriptedServer, lead: Callable[..., None]
) -> None:
    # Where somebody looks before the run, the name is still innocent.
    lead([PUBLIC], ["127.0.0.1"]) if way is run_a_program else lead(["127.0.0.1"])
    with pytest.raises((PerfbenchError, ServiceFailed)) as raised:
        way(server, PRIVATE)
    assert SAID[:-2] in str(raised.value)
    assert server.connections == 0


@pytest.mark.parametrize("way", WAYS)
def test_only_the_address_that_is_allowed_is_connected_to(
    way: Callable[..., None], server: ScriptedServer, lead: Callable[..., None]
) -> None:
    other = ScriptedServer([Reply([MODELS])], address=(OTHER, server.port))
    with other.running():
        lead([OTHER, "127.0.0.1"])
        way(server, only("127.0.0.1"))
        assert server.connections == 1
        lead([OTHER])
        with pytest.raises((PerfbenchError, ServiceFailed)):
            way(server, only("127.0.0.1"))
    assert other.connections == 0


@pytest.mark.parametrize("way", [ask_for_models, read_a_page, run_a_program])
def test_no_redirect_is_followed(way: Callable[..., None], lead: Callable[..., None]) -> None:
    other = ScriptedServer([Reply([MODELS])], address=(OTHER, 0))
    moved = sized(b"", f"302 Found\r\nLocation: http://{OTHER}:{other.port}/")
    lead(["127.0.0.1"])
    with (
        ScriptedServer([Reply([moved])]).running() as server,
        other.running(),
        pytest.raises((PerfbenchError, ServiceFailed), match="302"),
    ):
        way(server, only("127.0.0.1"))
    assert server.connections == 1
    assert other.connections == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "http://127.0.0.1:9"}, r"--url http://127\.0\.0\.1:9: 127\.0\.0\.1 is loopback"),
        ({"url": ["http://8.8.8.8", "http://[::1]"]}, r"--url http://\[::1\]: ::1 is loopback"),
        ({"unix_socket": "/tmp/s"}, "--unix-socket /tmp/s: /tmp/s is a unix socket"),
        (
            {"url": "http://8.8.8.8", "metrics_url": ["http://169.254.169.254/metrics"]},
            r"--metrics-url http://169\.254\.169\.254/metrics: .* a cloud's metadata service",
        ),
        ({"metrics_url": ["http://127.0.0.1:9"]}, r"--metrics-url http://127\.0\.0\.1:9: "),
    ],
)
def test_what_is_refused_for_sure_is_said_before_the_run(
    settings: dict[str, Any], words: str
) -> None:
    config = PerfConfig(deny_private=True, model="m", **settings)

    def open_it(cleanup: ExitStack) -> None:
        service = open_service(config, SimulatorConfig(port=0), config.policy, cleanup)
        pages_of(config, service)

    with ExitStack() as cleanup, pytest.raises(ConfigError, match=words):
        open_it(cleanup)


def test_a_judge_is_a_target_too() -> None:
    judge = {"url": "http://127.0.0.1:9", "model": "j"}
    for named in ({"judge_args": judge}, {"judge": ["j"], "model_configs": {"j": judge}}):
        config = EvalConfig(deny_private=True, datasets=["gsm8k"], **named)
        with (
            ExitStack() as cleanup,
            pytest.raises(ConfigError, match=r"--url http://127\.0\.0\.1:9: "),
        ):
            open_judges(config, [], None, cleanup)


def test_nobody_below_a_run_can_be_given_a_policy_of_its_own() -> None:
    own = {"url": "http://127.0.0.1:9", "deny_private": False}
    with pytest.raises(ValueError, match="deny_private"):
        EvalConfig(deny_private=True, datasets=["gsm8k"], model_configs={"m": own})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sink_args": {"settings": {"base_url": "x"}}}, "leave them to the environment"),
        ({"sink_args": {"mlflow": {"settings": {}}}}, "leave them to the environment"),
        ({"ray": "head:6379"}, "--ray head:6379: Ray cannot be held to --deny-private"),
    ],
)
def test_libraries_that_connect_by_themselves_are_not_told_whereto(
    settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        PerfConfig(deny_private=True, sinks=["mlflow"], **settings)
    PerfConfig(sinks=["mlflow"], **settings)
    PerfConfig(deny_private=True, ray="auto", sinks=["mlflow"], sink_args={"tags": ["a"]})


def test_workers_behind_agents_are_held_to_it(server: ScriptedServer) -> None:
    target = target_of(server, policy=PRIVATE)
    point = Point(0, "p", 1, None, 1)
    request = Request(0, "a", "measure", b"{}", "/v1/chat/completions", True)
    with agent() as running, ExitStack() as cleanup:
        policy = only(f"127.0.0.1:{running.where.port}")
        hosts = cleanup.enter_context(Hosts([running.where], TOKEN, policy=policy))
        crew = cleanup.enter_context(Crew(1, hosts.start))
        fleet = cleanup.enter_context(Fleet(crew, 1))
        fleet.greet(spec_of(target))
        fleet.load(point, [request])
        fleet.prepare(point, None)
        with pytest.raises(TargetError, match=r"127\.0\.0\.1 is loopback"):
            fleet.await_ready()
    assert server.connections == 0
