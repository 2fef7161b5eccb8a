"""FlagEval's calls as its users write them, over real sockets, with real evaluations."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from serving import Client, served

sys.path.append(str(Path(__file__).parent.parent / "evaluation"))

from scripted_llm import Said, ScriptedLLM, letter_of, number_of, write_sums

SUMS, CHOICES = 40, 10
KEY = "sk-a-key-that-nobody-must-see-0987654321"


class Service(ScriptedLLM):
    """One that answers what it is asked beside the questions, too."""

    def answer(self, body: dict[str, Any]) -> Said:
        asked = "Item" in body["messages"][-1]["content"]
        return super().answer(body) if asked else Said("Hello.")


def right_sum(item: int, before: int) -> Said:
    return Said(f"#### {number_of(item)}")


def bad_sum(item: int, before: int) -> Said:
    """Every second one right."""
    return Said(f"#### {number_of(item) + item % 2}")


def right_choice(item: int, before: int) -> Said:
    return Said(f"The answer is {letter_of(item)}.")


def write_data(folder: Path) -> Path:
    """MMLU of one subject, and GSM8K."""
    write_sums(folder, SUMS)
    for split, number in (("test", CHOICES), ("dev", 5)):
        file = folder / "mmlu" / split / f"astronomy_{split}.csv"
        file.parent.mkdir(parents=True)
        with open(file, "w", newline="", encoding="utf-8") as out:
            rows = csv.writer(out)
            for i in range(number):
                rows.writerow([f"Item {i}: which one is meant?", *"wxyz", letter_of(i)])
    return folder


def info(name: str, llm: ScriptedLLM, chip: str, **more: Any) -> dict[str, Any]:
    url = f"{llm.url}/v1/chat/completions"
    plain = {"eval_model": name, "model": "Qwen3-8B", "eval_url": url, "tokenizer": "Qwen/Qwen3-8B"}
    return {**plain, "chip": chip, "num_concurrent": 4, "num_retry": 1, **more}


async def begin(client: Client, *infos: dict[str, Any]) -> str:
    """The ``request_id`` of a batch."""
    body = {"eval_infos": list(infos), "domain": "NLP", "mode": "FlagRelease", "user_id": 2}
    status, answer, _ = await client.ask("POST", "/evaluation", body)
    assert (status, answer["err_code"]) == (200, 0), answer
    assert [task["eval_model"] for task in answer["eval_tasks"]] == [i["eval_model"] for i in infos]
    request_id: str = answer["request_id"]
    return request_id


async def progress(client: Client, request_id: str) -> dict[str, Any]:
    body = {"request_id": request_id, "domain": "NLP"}
    _, answer, _ = await client.ask("POST", "/evaluation_progress", body)
    assert answer["err_code"] == 0, answer
    found: dict[str, Any] = answer
    return found


async def until(
    client: Client, request_id: str, there: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Progress, once it is so."""
    end = asyncio.get_running_loop().time() + 90
    while not there(found := await progress(client, request_id)):
        assert asyncio.get_running_loop().time() < end, found
        await asyncio.sleep(0.1)
    return found


async def ended(client: Client, request_id: str) -> dict[str, Any]:
    return await until(client, request_id, lambda found: bool(found["finished"]))


async def results(client: Client, request_id: str) -> dict[str, Any]:
    _, answer, _ = await client.ask("GET", "/evaldiffs", {"request_id": request_id})
    assert (answer["err_code"], answer["err_msg"]) == (0, answer["err_message"])
    found: dict[str, Any] = answer["eval_results"]
    return found


async def refused(client: Client, method: str, path: str, body: Any = None, **more: Any) -> str:
    status, answer, _ = await client.ask(method, path, body, **more)
    assert (status, answer["err_code"], "request_id" in answer) == (200, 1, False)
    assert answer["err_msg"] == answer["err_message"]
    text: str = answer["err_msg"]
    return text


async def test_a_batch_is_held_against_its_baseline(tmp_path: Path) -> None:
    data, runs = write_data(tmp_path / "data"), tmp_path / "runs"
    with (
        Service(right_sum, right_choice).running() as good,
        Service(bad_sum, right_choice).running() as bad,
    ):
        async with served(runs, data_dir=[str(data)], evaluations=2) as client:
            base = info("Q-nvidia-origin", good, "Nvidia-H100")
            worse = info("Q-other", bad, "Other-1", api_key=KEY, gen_kwargs="max_gen_toks=100")
            name = await begin(client, base, worse)
            assert (await ended(client, name))["datasets_progress"] == "4/4"
            assert bad.bodies[-1]["max_tokens"] == 100
            asked = len(good.bodies)
            # The same model on the same chip: answers are there. Measured by a baseline by name.
            again = info("Q-again", bad, "Other-1", gen_kwargs="max_gen_toks=100")
            second = await begin(client, {**again, "base_model_name": "Q-nvidia-origin"})
            assert (await ended(client, second))["status"] == "S"
            assert len(bad.items("Qwen3-8B")) == SUMS + CHOICES
            used = "'Q-again' is an evaluation of"
            assert used in await refused(
                client, "POST", "/evaluation", {"eval_infos": [again], "domain": "NLP"}
            )
        async with served(runs, data_dir=[str(data)], tolerance=["0.01", "gsm8k=0.6"]) as client:
            found = await results(client, name)
            (own,), (other,) = found["Q-nvidia-origin"], found["Q-other"]
            assert (own["status"], own["release"]) == ("S", True)
            assert [each["accuracy"] for each in own["details"]] == [1.0, 1.0]
            assert [each["diff"] for each in own["details"]] == [0.0, 0.0]
            assert [each["dataset"] for each in other["details"]] == ["mmlu", "gsm8k"]
            assert [each["diff"] for each in other["details"]] == [0.0, -0.5]
            low, high = other["details"][1]["interval"]
            assert low < -0.5 < high < 0
            # Half of the sums are wrong, which is within 0.6 only if the interval is.
            assert (other["release"], low < -0.6) == (False, True)
            _, answer, _ = await client.ask(
                "POST", "/evaluation_diffs", {"request_ids": [name, second]}
            )
            assert [each["eval_model"] for each in answer["eval_diffs"]] == ["Q-other", "Q-again"]
            for each in answer["eval_diffs"]:
                assert (each["baseline"], each["release"]) == ("Q-nvidia-origin", False)
                assert [part["base_acc"] for part in each["details"]] == [1.0, 1.0]
                assert [part["accuracy"] for part in each["details"]] == [1.0, 0.5]
            by_query = await client.ask("GET", f"/evaluation_diffs?request_ids={name},{second}")
            assert by_query[1] == answer
            assert (await progress(client, name))["running_progress"] == "100%"
            assert len(good.bodies) == asked
    held = [file for file in runs.rglob("*") if file.is_file() and KEY in file.read_text("latin-1")]
    assert held == []


async def test_a_batch_is_stopped_and_resumed(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    with Service(right_sum, right_choice, delay_s=0.08).running() as llm:
        async with served(tmp_path / "runs", data_dir=[str(data)], evaluations=1) as client:
            first = info("one", llm, "A", num_concurrent=1, api_key=KEY)
            waiting = info("two", llm, "B", api_key=KEY, num_concurrent=8)
            name = await begin(client, first, waiting)
            await until(
                client,
                name,
                lambda found: (
                    found["running_dataset"] == "gsm8k" and found["running_progress"] != "0%"
                ),
            )
            assert "still runs" in await refused(
                client, "POST", "/resume_evaluation", {"request_id": name}
            )
            stopped = await client.ask("POST", "/stop_evaluation", {"request_id": name})
            assert stopped[1]["err_code"] == 0
            found = await ended(client, name)
            assert (found["status"], found["datasets_progress"]) == ("C", "1/4")
            (view,) = (await results(client, name))["one"]
            assert [each["status"] for each in view["details"]] == ["S", "C"]
            assert [each["accuracy"] for each in view["details"]] == [1.0, 1.0]
            assert (view["status"], view["release"]) == ("C", False)
            (view,) = (await results(client, name))["two"]
            assert [each["status"] for each in view["details"]] == ["C", "C"]
            llm.delay_s = 0
            await client.ask("POST", "/resume_evaluation", {"request_id": name})
            found = await ended(client, name)
            assert (found["status"], found["datasets_progress"]) == ("S", "4/4")
            (view,) = (await results(client, name))["one"]
            assert (view["status"], view["release"]) == ("S", None)  # it has no baseline
            assert "nothing of it" in await refused(
                client, "POST", "/resume_evaluation", {"request_id": name}
            )
            sums = [body for body in llm.bodies if "how many" in str(body["messages"][-1])]
            assert len(sums) == 2 * SUMS  # none of them twice


async def test_what_is_wrong_is_said_in_flagevals_way(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        one = {"eval_model": "a", "model": "m", "eval_url": "http://h", "tokenizer": "t"}

        async def said(domain: str = "NLP", **more: Any) -> str:
            body = {"eval_infos": [{**one, **more}], "domain": domain}
            return await refused(client, "POST", "/evaluation", body)

        assert "there are no data sets of 'MM' here; NLP asks mmlu, gsm8k" in await said("MM")
        assert "eval_infos[0] (a): temperature: " in await said(gen_kwargs="temperature=hot")
        assert "eval_url: url: 'ftp://x' is not an http" in await said(eval_url="ftp://x")
        assert "unknown field `chips`" in await said(chips="x")
        assert "Expected `int` >= 0" in await said(num_retry=-1)
        twice = {"eval_infos": [one, one], "domain": "NLP"}
        assert "stands twice" in await refused(client, "POST", "/evaluation", twice)
        many = {"eval_infos": [{**one, "eval_model": f"m{i}"} for i in range(70)], "domain": "NLP"}
        assert "64 may" in await refused(client, "POST", "/evaluation", many)
        for path in ("/evaldiffs", "/evaluation_diffs", "/evaluation_progress"):
            for method in ("GET", "POST"):
                assert "missing required field" in await refused(client, method, path)
                for wrong in (b"{", b"\xff", b"[]", b"[" * 100_000):
                    await refused(client, method, path, data=wrong)
        for path in ("/evaldiffs", "/stop_evaluation", "/resume_evaluation"):
            assert "no evaluation 'x'" in await refused(client, "POST", path, {"request_id": "x"})
        assert (await client.ask("GET", "/api/v1/jobs"))[1] == {"jobs": []}
        _, document, _ = await client.ask("GET", "/api/v1/openapi.json")
        assert document["paths"]["/evaluation"]["post"]["requestBody"]


async def test_no_secret_is_kept_beside_the_jobs(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        one = {"eval_model": "a", "model": "m", "tokenizer": "t", "api_key": KEY}
        one |= {"eval_url": f"http://me:{KEY}@127.0.0.1:9/v1?key={KEY}"}
        request_id = await begin(client, {**one, "gen_kwargs": f"temperature=0,api_key={KEY}"})
        assert client.server.jobs.queue.batch(request_id)[0].withheld
        for folder in (tmp_path, tmp_path / ".server"):
            for file in folder.iterdir():
                assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
        await client.ask("POST", "/stop_evaluation", {"request_id": request_id})
