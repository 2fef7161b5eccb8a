"""The whole service over loopback, in its own process."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from simulator_client import Client, ask, chat

from perfbench.config import SimulatorConfig
from perfbench.simulator.answers import tell
from perfbench.simulator.spawn import Simulator

COMPLETIONS = ("/v1/chat/completions", "/v1/completions")
MESSAGES = [{"role": "user", "content": "Hi"}]


@pytest.fixture(scope="module")
def url():
    with Simulator(SimulatorConfig(port=0, stall_s=0.3)) as simulator:
        yield simulator.url


def exposition(url):
    return {
        line.partition("{")[0]: float(line.rpartition(" ")[2])
        for line in ask(url, "/metrics").body.decode().splitlines()
        if not line.startswith("#") and "le=" not in line
    }


def truth(path):
    """The log's rows, the closing line apart."""
    lines = path.read_text().splitlines()
    return [line.split("\t") for line in lines if line[0] != "#"], lines[-1]


def test_models_health_and_tokenize(url):
    models = ask(url, "/v1/models").json
    assert [model["id"] for model in models["data"]] == ["simulated"]
    assert ask(url, "/health").status == 200
    tokens = ask(url, "/tokenize", {"prompt": "12345678"}).json
    assert tokens["count"] == len(tokens["tokens"]) == 2
    assert tokens["max_model_len"] == models["data"][0]["max_model_len"]
    assert ask(url, "/tokenize", {"messages": MESSAGES}).json["count"] > 2


def test_usage_counts_prompts_as_tokenize_does(url):
    count = ask(url, "/tokenize", {"messages": MESSAGES}).json["count"]
    assert chat(url, messages=MESSAGES).usage["prompt_tokens"] == count
    ids = ask(url, "/tokenize", {"prompt": "Some words to count."}).json["tokens"]
    answer = ask(url, "/v1/completions", {"prompt": ids, "max_tokens": 2}).json
    assert answer["usage"]["prompt_tokens"] == len(ids)


@pytest.mark.parametrize("path", COMPLETIONS)
@pytest.mark.parametrize("framing", ["lf", "crlf", "cr", "odd"])
def test_a_stream_says_what_the_whole_answer_says(path, framing):
    texts = []
    for stream in (True, False):
        # The first request of a fresh service, so that both have the same number.
        with Simulator(SimulatorConfig(port=0, framing=framing)) as simulator:
            body = {"messages": MESSAGES, "prompt": "Hi", "max_tokens": 20, "stream": stream}
            reply = ask(simulator.url, path, body)
            assert reply.complete
            if stream:
                assert reply.headers["content-type"].startswith("text/event-stream")
                assert reply.payloads[-1] == "[DONE]"
                assert reply.finish() == "length"
                texts.append(reply.text())
            else:
                choice = reply.json["choices"][0]
                texts.append(choice["message"]["content"] if "chat" in path else choice["text"])
    assert texts[0] == texts[1]
    assert "café" in texts[0]


def test_choices_are_interleaved(url):
    reply = chat(url, n=3, max_tokens=5)
    order = [event["choices"][0]["index"] for event in reply.events if event["choices"]]
    assert order == [0, 1, 2] * 7
    assert reply.usage["completion_tokens"] == 15
    assert len({reply.text(choice) for choice in range(3)}) == 3


def test_stop_strings_end_the_answer(url):
    full = chat(url, max_tokens=30)
    reply = chat(url, max_tokens=30, stop=[" as was"])
    assert reply.finish() == "stop"
    assert full.finish() == "length"
    assert " as was" not in reply.text()
    assert reply.usage["completion_tokens"] < 30


def test_equal_prompts_hit_the_prefix_cache(url):
    messages = [{"role": "user", "content": "All prompts begin alike. " * 40}]
    before = exposition(url)
    first, second = (chat(url, messages=messages, max_tokens=2).usage for _ in range(2))
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    hits = second["prompt_tokens_details"]["cached_tokens"]
    assert second["prompt_tokens"] - 32 < hits < second["prompt_tokens"]
    after = exposition(url)
    assert after["vllm:prefix_cache_hits_total"] - before["vllm:prefix_cache_hits_total"] == hits
    queries = after["vllm:prefix_cache_queries_total"] - before["vllm:prefix_cache_queries_total"]
    assert queries == 2 * second["prompt_tokens"]


def test_the_metrics_count_tokens_and_requests(url):
    before = exposition(url)
    usage = chat(url, max_tokens=11).usage
    after = exposition(url)
    for name, growth in {
        "vllm:prompt_tokens_total": usage["prompt_tokens"],
        "vllm:generation_tokens_total": 11,
        "vllm:time_to_first_token_seconds_count": 1,
        "vllm:inter_token_latency_seconds_count": 10,
        "vllm:e2e_request_latency_seconds_count": 1,
        "simulator:send_lateness_seconds_count": 11,
    }.items():
        assert after[name] - before[name] == growth, name
    assert after["vllm:num_requests_running"] == 0
    assert after["vllm:kv_cache_usage_perc"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", b"{not json", 400),
        ("/v1/chat/completions", b'{"messages": "\xff"}', 400),
        ("/v1/chat/completions", {"prompt": "Hi"}, 400),
        ("/v1/chat/completions", {"messages": MESSAGES, "model": "other"}, 404),
        ("/v1/completions", {"messages": MESSAGES}, 400),
        ("/tokenize", {}, 400),
        ("/nowhere", {}, 404),
        ("/v1/chat/completions", None, 405),
        ("/v1/models", {}, 405),
    ],
)
def test_wrong_requests_get_an_error_object_and_keep_the_connection(url, path, body, status):
    with Client(url) as client:
        reply = client.ask(path, body)
        assert reply.status == status
        assert reply.json["error"]["message"]
        assert reply.json["error"]["code"] == status
        assert client.ask("/health").status == 200


def test_what_is_not_http_is_a_400_and_closes(url):
    with Client(url) as client:
        client.sock.sendall(b"HELLO\r\n\r\n")
        assert client.receive().status == 400
        assert client.sock.recv(1) == b""


def test_a_key_is_demanded_where_one_is_set():
    with Simulator(SimulatorConfig(port=0, api_key="s3cret")) as simulator:
        assert ask(simulator.url, "/v1/models").status == 401
        wrong = ask(simulator.url, "/v1/models", headers={"Authorization": "Bearer wrong"})
        right = ask(simulator.url, "/v1/models", headers={"Authorization": "Bearer s3cret"})
        assert (wrong.status, right.status) == (401, 200)
        assert "s3cret" not in wrong.body.decode()
        assert ask(simulator.url, "/health").status == 200


def test_a_connection_serves_many_requests_and_closes_when_told_to(url):
    body = {"messages": MESSAGES, "max_tokens": 3, "stream": True}
    with Client(url) as client:
        assert all(client.ask(COMPLETIONS[0], body).complete for _ in range(3))
        last = client.ask(COMPLETIONS[0], body, {"Connection": "close"})
        assert last.complete
        assert last.headers["connection"] == "close"
        assert client.sock.recv(1) == b""


def test_requests_sent_ahead_are_answered_in_turn(url):
    with Client(url) as client:
        for tokens in (2, 4, 6):
            client.send(
                COMPLETIONS[0], {"messages": MESSAGES, "max_tokens": tokens, "stream": True}
            )
        assert [len(client.receive().text().split()) for _ in range(3)] == [2, 4, 6]


def test_expect_continue_and_a_body_in_pieces(url):
    body = json.dumps({"messages": MESSAGES, "max_tokens": 2}).encode()
    with Client(url) as client:
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        client.sock.sendall(head + b"Expect: 100-continue\r\n\r\n")
        assert client.receive().status == 100
        for byte in body:
            client.sock.sendall(b"1\r\n%c\r\n" % byte)
        client.sock.sendall(b"0\r\n\r\n")
        assert client.receive().json["usage"]["completion_tokens"] == 2


def test_http_10_ends_the_body_with_the_connection(url):
    body = json.dumps({"messages": MESSAGES, "max_tokens": 2, "stream": True}).encode()
    with Client(url) as client:
        line = b"POST /v1/chat/completions HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(body)
        client.sock.sendall(line + body)
        reply = client.receive()
        assert reply.payloads[-1] == "[DONE]"
        assert "transfer-encoding" not in reply.headers


def test_a_client_that_does_not_read_gets_everything_later(url):
    with Client(url) as client:
        # More than a socket takes at once: what is left must follow, in order.
        body = {"messages": MESSAGES, "max_tokens": 1_000_000, "ignore_eos": True}
        before = exposition(url)["vllm:generation_tokens_total"]
        client.send(COMPLETIONS[0], body, {"X-Sim-Fault": "tokens_per_event=250000"})
        wait_for(lambda: exposition(url)["vllm:generation_tokens_total"] == before + 1_000_000)
        words = client.receive().json["choices"][0]["message"]["content"].split()
        assert len(words) == 1_000_000
        assert words == words[:16] * (1_000_000 // 16)


def test_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with Simulator(SimulatorConfig(port=0, host="::1")) as simulator:
        assert simulator.url.startswith("http://[::1]:")
        assert ask(simulator.url, "/health").status == 200


def test_fault_error(url):
    reply = chat(url, "error")
    assert (reply.status, chat(url, "error=503").status) == (500, 503)
    assert reply.json["error"]["type"] == "server_error"


@pytest.mark.parametrize(("fault", "reset"), [("cut", True), ("close", False)])
@pytest.mark.parametrize("stream", [True, False])
def test_fault_cut(url, fault, reset, stream):
    reply = chat(url, fault, max_tokens=20, stream=stream)
    assert not reply.complete
    assert reply.reset == reset
    if stream and not reset:
        assert "[DONE]" not in reply.body.decode()
        assert b'"finish_reason":"length"' not in reply.body


@pytest.mark.parametrize("stream", [True, False])
def test_fault_in_band(url, stream):
    reply = chat(url, "in_band", max_tokens=20, stream=stream)
    assert (reply.status, reply.complete) == (200, True)
    if stream:
        assert len(reply.text().split()) == 10
        assert reply.events[-1]["error"]["message"]
    else:
        assert reply.json["error"]["message"]


@pytest.mark.parametrize("stream", [True, False])
def test_fault_empty(url, stream):
    reply = chat(url, "empty", stream=stream)
    assert (reply.status, reply.complete) == (200, True)
    text = reply.text() if stream else reply.json["choices"][0]["message"]["content"]
    usage = reply.usage if stream else reply.json["usage"]
    assert (text, usage["completion_tokens"]) == ("", 0)


def test_fault_stall_holds_up_only_its_own_stream(url):
    with ThreadPoolExecutor(2) as pool:
        start = time.perf_counter()
        stalled = pool.submit(chat, url, "stall", max_tokens=10)
        others = 0
        while not stalled.done():
            others += chat(url, max_tokens=10).complete
        reply = stalled.result()
    assert time.perf_counter() - start >= 0.3
    assert others >= 2
    assert (reply.complete, len(reply.text().split())) == (True, 10)


def test_slow_headers_and_late_usage_take_their_time(url):
    start = time.perf_counter()
    reply = chat(url, "slow_headers_s=0.2; usage=late")
    assert time.perf_counter() - start >= 0.4
    assert reply.usage["completion_tokens"] > 0


def test_no_usage_and_no_done(url):
    reply = chat(url, "usage=missing; done=false")
    assert reply.complete
    assert reply.usage is None
    assert "[DONE]" not in reply.payloads
    assert reply.finish() == "stop"


def test_a_wrong_fault_header_is_refused(url):
    assert chat(url, "explode").status == 400


def test_shares_of_faults_are_exact_and_logged(tmp_path):
    log = tmp_path / "truth.tsv"
    config = SimulatorConfig(port=0, log=log, error_rate=0.1, cut_rate=0.1, empty_rate=0.05)
    with Simulator(config) as simulator, ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: chat(simulator.url, max_tokens=4), range(200)))
    assert sum(reply.status == 500 for reply in replies) == 20
    assert sum(not reply.complete for reply in replies) == 20
    rows, last = truth(log)
    statuses = [row[5] for row in rows]
    assert {name: statuses.count(name) for name in set(statuses)} == {
        **{"ok": 150, "500": 20, "cut": 20, "empty": 10}
    }
    assert sorted(int(row[0]) for row in rows) == list(range(200))
    assert last.startswith("# events ")


def test_an_exact_schedule_is_kept_and_logged(tmp_path):
    log = tmp_path / "truth.tsv"
    config = SimulatorConfig(port=0, log=log, ttft_ms=30, itl_ms=5)
    with Simulator(config) as simulator, ThreadPoolExecutor(4) as pool:
        start = time.perf_counter_ns()
        list(pool.map(lambda _: chat(simulator.url, max_tokens=9), range(12)))
        end = time.perf_counter_ns()
    rows, _ = truth(log)
    for row in rows:
        received, first, last = map(int, row[1:4])
        # Never early; how late depends on the machine, so only the order is held here.
        assert start < received < end
        assert first - received >= 30e6
        assert last - received >= 30e6 + 8 * 5e6
        assert row[4:] == ["9", "ok"]


def test_jitter_moves_tokens_both_ways(tmp_path):
    log = tmp_path / "truth.tsv"
    config = SimulatorConfig(port=0, log=log, ttft_ms=100, jitter=0.9)
    with Simulator(config) as simulator, ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: chat(simulator.url, max_tokens=1), range(40)))
    rows, _ = truth(log)
    times = [(int(row[2]) - int(row[1])) / 1e6 for row in rows]
    assert 10 <= min(times) < 100
    assert max(times) > 120


def test_tokens_per_event_share_one_event_and_one_gap(tmp_path):
    log = tmp_path / "truth.tsv"
    config = SimulatorConfig(port=0, log=log, ttft_ms=1, itl_ms=2, tokens_per_event=4)
    with Simulator(config) as simulator:
        reply = chat(simulator.url, max_tokens=10)
    texts = [event["choices"][0]["delta"].get("content") for event in reply.events[:-1]]
    assert [len(text.split()) for text in texts if text] == [4, 4, 2]
    rows, _ = truth(log)
    assert int(rows[0][3]) - int(rows[0][1]) >= 1e6 + 2 * 8e6
    assert rows[0][4] == "10"


def wait_for(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("exact", [{}, {"ttft_ms": 5, "itl_ms": 5}])
def test_a_client_that_leaves_frees_its_place(tmp_path, exact):
    log = tmp_path / "truth.tsv"
    with Simulator(SimulatorConfig(port=0, log=log, **exact)) as simulator:
        body = {"messages": MESSAGES, "max_tokens": 10_000, "ignore_eos": True, "stream": True}
        with Client(simulator.url) as client:
            client.send(COMPLETIONS[0], body)
            client.sock.recv(1000)
            wait_for(lambda: exposition(simulator.url)["vllm:generation_tokens_total"] > 2)
            assert exposition(simulator.url)["vllm:num_requests_running"] == 1
        wait_for(lambda: exposition(simulator.url)["vllm:num_requests_running"] == 0)
        assert exposition(simulator.url)["vllm:kv_cache_usage_perc"] == 0
        wait_for(lambda: log.read_text())
        (row,), _ = truth(log)
        assert row[5] == "gone"
        assert 0 < int(row[4]) < 10_000


def test_requests_wait_for_a_place_in_the_batch():
    with Simulator(SimulatorConfig(port=0, max_batch=1, step_ms=2)) as simulator:
        body = {"messages": MESSAGES, "stream": True}
        with Client(simulator.url) as first, Client(simulator.url) as second:
            first.send(COMPLETIONS[0], {**body, "max_tokens": 250})
            first.sock.recv(10)
            second.send(COMPLETIONS[0], {**body, "max_tokens": 3})
            wait_for(lambda: exposition(simulator.url)["vllm:num_requests_waiting"] == 1)
            assert exposition(simulator.url)["vllm:num_requests_running"] == 1
            first._until(b"0\r\n\r\n")
            assert second.receive().complete


def test_what_it_was_told_it_answers_in_turn(url):
    body = {"messages": [{"role": "user", "content": "2 + 2?"}]}
    raw = json.dumps(body).encode()
    short = json.dumps(body | {"max_tokens": 2}).encode()
    tell(url, {raw: ["Four.", "The answer is 4 — café."], short: ["The answer is 4."]})

    def said(body):
        (choice,) = ask(url, "/v1/chat/completions", body).json["choices"]
        return choice["message"]["content"], choice["finish_reason"]

    assert [said(raw)[0] for _ in range(3)] == ["Four.", "The answer is 4 — café.", "Four."]
    assert said(short) == ("The answ", "length")
    assert said({"messages": MESSAGES})[0].startswith(" ")
    assert ask(url, "/answers", b'{"a": 1}').status == 400
