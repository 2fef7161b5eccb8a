"""Arenas against a scripted service: what is put into judges and models comes out as figures."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import warm
from arena_service import ArenaService, Judge, write_questions, write_settings
from eval_runs import Done, command, environment, wait_for
from forked import PERFBENCH

from perfbench.store import open_run

WORTH = {"alpha": 1.5, "beta": 0.5, "gamma": -0.5}
MODELS = ["--models", *WORTH]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_questions(tmp_path / "data", hard=12, easy=8)


def hold(folder: Path, *words: object) -> Done:
    """``perfbench arena WORDS --json`` in ``folder`` with its data and settings; its page is made
    if the words say so."""
    given = ("--config", "s.json", "--dataset-dir", "data", "--no-probe", "--retries", 0)
    quiet = ("--no-report", "--json", "--draws", 1000)
    return command(folder, "arena", *given, *quiet, *words)


def told(done: Done) -> dict[str, Any]:
    assert done.status == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def judge_of(found: dict[str, Any], name: str = "j") -> dict[str, Any]:
    return next(each for each in found["judges"] if each["judge"] == name)


def overall(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    rows = [row for row in found["leaderboard"] if row["data_set"] is None]
    return {row["model"]: row for row in rows}


def test_order_bias_and_unscored_counts_come_out(tmp_path, data):
    """A biased, noisy judge that garbles a fifth of its texts, with no second chance."""
    habits = Judge(bias=1.0, sharpness=1.0, garbled=0.2, ties=0.1)
    with ArenaService(WORTH, {"j": habits}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        done = hold(
            tmp_path,
            *MODELS,
            *("--datasets", "general_qa", "--judge", "j", "--judge-retries", 0),
        )
        found = told(done)
    assert [each["model"] for each in found["ratings"][0]["ratings"]] == list(WORTH)
    judge = judge_of(found)
    assert judge["games"] == 3 * 20 * 2
    garbled = judge["missing"].pop("no_verdict")
    assert not judge["missing"]
    assert judge["verdicts"] + garbled == judge["games"]
    assert 0.1 < garbled / judge["games"] < 0.3
    assert judge["first_wins"]["value"] > 0.58
    assert judge["first_wins"]["low"] <= judge["first_wins"]["value"]
    lines = (_only(tmp_path) / "battles.jsonl").read_text().splitlines()
    battles = [json.loads(line) for line in lines]
    assert len(battles) == 60
    nothing = [each for each in battles if all(g["score"] is None for g in each["games"])]
    assert all(each["outcome"] is None and each["score"] is None for each in nothing)
    assert found["battles"] == {"judged": 60, "without_outcome": len(nothing)}
    for each in battles:
        scores = [game["score"] for game in each["games"] if game["score"] is not None]
        if scores:
            assert each["score"] == pytest.approx(sum(scores) / len(scores))
            assert each["weight"] == pytest.approx(len(scores) / 2)


def test_a_judge_that_always_says_first_finds_all_level(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(always_first=True)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--baseline", "beta")
        found = told(hold(tmp_path, *MODELS, *words))
    judge = judge_of(found)
    assert (judge["first_wins"]["value"], judge["consistency"]["value"]) == (1, 0)
    rows = overall(found)
    for row in rows.values():
        assert row["win_rate"] == 0.5
        assert row["rating"] == pytest.approx(1000)
    assert rows["beta"]["win_rate_low"] == rows["beta"]["win_rate_high"] == 0.5
    for name in ("alpha", "gamma"):
        # Twenty questions, each a tie.
        ends = rows[name]["win_rate_low"], rows[name]["win_rate_high"]
        assert ends == pytest.approx((0.299, 0.701), abs=0.001)
        assert rows[name]["rating_low"] < 900 < 1100 < rows[name]["rating_high"]


def test_garbled_verdicts_are_asked_again_and_then_counted(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(garbled=0.4)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--judge-retries", 4)
        found = told(hold(tmp_path, *MODELS, *words))
        asked = service.judged
    judge = judge_of(found)
    assert judge["games"] == len(asked) == 120
    assert judge["verdicts"] >= 116
    assert max(asked.values()) <= 5
    assert sum(times > 1 for times in asked.values()) > 20


def test_clean_sweeps_are_bounded_on_one_side(tmp_path, data):
    with ArenaService(
        {"best": 9.0, "worst": -9.0}, {"j": Judge(sharpness=math.inf)}
    ).running() as service:
        write_settings(tmp_path / "s.json", service.url, ["best", "worst"], ["j"])
        words = ("--models", "best", "worst", "--datasets", "general_qa", "--judge", "j")
        done = hold(tmp_path, *words, "--baseline", "worst")
        best = overall(told(done))["best"]
    assert best["sweep"] == "won_all"
    assert best["rating_high"] is None
    # Twenty questions won of twenty.
    chance = 0.025 ** (1 / 20)
    assert best["rating_low"] == pytest.approx(1000 + 400 * math.log10(chance / (1 - chance)))
    assert best["win_rate"] == 1
    assert 0.8 < best["win_rate_low"] < 0.9
    assert "best never lost: its rating is bounded from below only" in told(done)["notes"]
    assert "≥" in done.err


@pytest.mark.parametrize("prompt", ["mt_bench_pair", "alpaca_eval"])
def test_other_prompts_of_judges_say_the_same(tmp_path, data, prompt):
    with ArenaService(WORTH, {"j": Judge(sharpness=math.inf)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--limit", 6)
        first = told(hold(tmp_path, *MODELS, *words))
        other = told(hold(tmp_path, "--runs", "latest", *words[2:4], "--judge-prompt", prompt))
    assert judge_of(other)["verdicts"] == judge_of(first)["verdicts"] == 3 * 12 * 2
    assert judge_of(other)["consistency"]["value"] == 1
    for model in WORTH:
        assert overall(other)[model]["rating"] == pytest.approx(overall(first)[model]["rating"])


def test_a_new_model_costs_its_own_battles_only(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge()}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--baseline", "alpha")
        told(hold(tmp_path, "--models", "alpha", "beta", *words))
        before = len(service.bodies)
        assert before == 2 * 20 + 40
        told(hold(tmp_path, *MODELS, *words, "--reuse"))
        assert len(service.bodies) - before == 20 + 40
        told(hold(tmp_path, *MODELS, *words, "--reuse"))
        assert len(service.bodies) - before == 20 + 40


def test_a_game_is_known_again_where_models_have_changed_places(tmp_path, data):
    for swap in ("--judge-swap", "--no-judge-swap"):
        with ArenaService(WORTH, {"j": Judge(bias=1)}).running() as service:
            write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
            words = ("--datasets", "general_qa", "--judge", "j", swap, "--name", swap[2:])
            first = told(hold(tmp_path, "--models", "alpha", "beta", *words))
            before = len(service.bodies)
            folder = first["run"]["path"]
            again = told(hold(tmp_path, "--models", "beta", "alpha", *words, "--reuse", folder))
            assert len(service.bodies) == before
        for model in ("alpha", "beta"):
            assert overall(again)[model]["rating"] == pytest.approx(overall(first)[model]["rating"])
        assert judge_of(again) == judge_of(first)


def test_another_judge_takes_the_place_of_the_first(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(), "k": Judge()}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j", "k"])
        told(hold(tmp_path, *MODELS, "--datasets", "general_qa", "--judge", "j"))
        before = len(service.bodies)
        found = told(hold(tmp_path, "--reuse", "--judge", "k"))
        assert len(service.bodies) - before == 120
    assert [each["judge"] for each in found["judges"]] == ["k"]
    assert command(tmp_path, "report", "latest").status == 0
    made = json.loads((_only(tmp_path) / "leaderboard.json").read_text())
    assert made["judges"] == found["judges"]


def test_a_judge_of_the_flags_takes_the_place_of_the_others(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(), "k": Judge(always_first=True)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        told(hold(tmp_path, *MODELS, "--datasets", "general_qa", "--judge", "j"))
        given = ("--judge-args", json.dumps({"url": service.url, "model": "k"}))
        shown = hold(tmp_path, "--reuse", *MODELS, "--datasets", "general_qa", *given, "--dry-run")
        assert "judge would judge 120 games at most" in shown.out + shown.err
        found = told(hold(tmp_path, "--reuse", *given))
        assert len(found["judges"]) == 1
        for _ in range(2):
            assert command(tmp_path, "report", "latest").status == 0
            made = json.loads((_only(tmp_path) / "leaderboard.json").read_text())
            assert made["judges"] == found["judges"]
            words = ("--models", "alpha", "--datasets", "general_qa", "--mode", "infer")
            assert hold(tmp_path, "--reuse", *words).status == 0


def test_a_judge_that_changed_its_mind_is_heard_again(tmp_path, data):
    service = ArenaService(WORTH, {"j": Judge(sharpness=math.inf, garbled=0.2)})
    with service.running():
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--judge-retries", 2)
        first = told(hold(tmp_path, *MODELS, *words))
        assert judge_of(first)["consistency"]["value"] == 1
        asked = sum(service.judged.values())
        service.judges["j"] = Judge(always_first=True, garbled=0.2)
        done = hold(tmp_path, "--reuse", "--judge", "j", "--rejudge", "--judge-retries", 2)
        again = sum(service.judged.values()) - asked
    second = judge_of(told(done))
    assert second["consistency"]["value"] == 0
    assert second["first_wins"]["value"] == 1
    assert second["verdicts"] > 110
    assert again > 120
    assert "failed before" not in done.err


def test_two_arenas_are_compared_battle_by_battle(tmp_path, data):
    """A judge of its own in each, one of which has a liking for what it is shown first."""
    judges = {"j": Judge(sharpness=3), "k": Judge(sharpness=3, bias=1)}
    with ArenaService(WORTH, judges).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), list(judges))
        for judge in judges:
            words = ("--datasets", "general_qa", "--judge", judge, "--outputs-dir", judge)
            told(hold(tmp_path, *MODELS, *words))
    a, b = (next((tmp_path / judge).iterdir()) for judge in judges)
    kept = {file: file.stat().st_mtime_ns for run in (a, b) for file in run.rglob("*")}

    def compared(*words: object) -> Done:
        done = command(tmp_path, "compare", a, b, *words)
        assert done.status == 0, done.err
        return done

    told_all = json.loads(compared("--json").out)
    assert [row["model"] for row in told_all["leaderboard"]] == list(WORTH)
    (found,) = told_all["battles"]
    for each in found["reversals"]:
        assert told_all["questions"][each["question"]]["data_set"] == "general_qa"
    outcomes = [_winners(run) for run in (a, b)]
    turned = [key for key in outcomes[0] if outcomes[0][key] != outcomes[1][key]]
    assert (found["both"], found["undecided"], found["only_a"], found["only_b"]) == (60, 0, 0, 0)
    assert 0 < len(turned) == len(found["reversals"]) < 60
    assert 0 < found["kappa"]["value"] < 1
    lines = compared("--flips").out.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == list(WORTH)
    said = f"battles with an outcome in both: 60, of which {len(turned)} came out otherwise"
    assert any(line.startswith(said) for line in lines)
    assert len(lines) - lines.index("") - 3 == len(turned)
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    refused = command(tmp_path, "compare", a, b, "--html", "page.html")
    assert (refused.status, refused.err.count("\n")) == (2, 1)
    assert "--html is for load tests, not for arenas" in refused.err


def _winners(run: Path) -> dict[tuple[str, ...], str | None]:
    """Who won each battle by the file of an arena, ``None`` for a tie."""
    battles = map(json.loads, (run / "battles.jsonl").read_text().splitlines())
    return {
        (each["question"], *sorted((each["first"], each["second"]))): {
            "first": each["first"],
            "second": each["second"],
        }.get(each["outcome"])
        for each in battles
    }


def test_stored_runs_meet_without_their_service(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(sharpness=4)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        for name in WORTH:
            words = ("--models", name, "--datasets", "general_qa", "--mode", "infer")
            more = ("--config", "s.json", "--dataset-dir", "data", "--name", name)
            assert command(tmp_path, "eval", *words, *more, "--no-probe").status == 0
        shutil.rmtree(data)
        before = len(service.bodies)
        runs = {path.name.partition("_")[2][7:]: path for path in _runs(tmp_path)}
        names = [f"{name}x={path}" for name, path in runs.items()]
        found = told(hold(tmp_path, "--runs", *names, "--judge", "j"))
        assert len(service.bodies) - before == 120
    assert list(overall(found)) == ["alphax", "betax", "gammax"]
    assert found["run"]["datasets"] == ["general_qa"]


def test_how_a_run_was_asked_changes_no_battle_of_others(tmp_path, data):
    """Runs that knew of judges, and runs that did not, word a question alike for judges."""
    template = json.dumps({"general_qa": {"prompt_template": "Answer this: {question}"}})
    with ArenaService(WORTH, {"j": Judge()}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        for name, *judged in (["alpha"], ["beta"], ["gamma", "--judge", "j"]):
            words = ("--models", name, "--datasets", "general_qa", "--mode", "infer", *judged)
            more = ("--config", "s.json", "--dataset-dir", "data", "--name", name, "--no-probe")
            done = command(tmp_path, "eval", *words, *more, "--dataset-args", template)
            assert done.status == 0, done.err
        first, second, third = (str(each) for each in _runs(tmp_path))
        told(hold(tmp_path, "--runs", first, second, "--judge", "j", "--name", "arena"))
        before = sum(service.judged.values())
        told(hold(tmp_path, "--runs", third, "--judge", "j", "--reuse"))
        assert (before, sum(service.judged.values())) == (40, 120)
    assert not any("Answer this" in prompt for prompt in service.judged)


def test_what_only_one_answered_or_was_cut_off_is_left_out_and_counted(tmp_path):
    data = write_questions(tmp_path / "data", main=6)
    rows = data / "general_qa" / "main.jsonl"
    rows.write_text(rows.read_text() + '{"query": "Item 7: this one is cut off"}\n')
    with ArenaService(WORTH, {"j": Judge()}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        few = ("--models", "alpha", "--datasets", "general_qa", "--limit", 3, "--mode", "infer")
        more = ("--config", "s.json", "--dataset-dir", "data", "--name", "few")
        assert command(tmp_path, "eval", *few, *more, "--no-probe").status == 0
        words = ("--models", "beta", "--datasets", "general_qa", "--judge", "j")
        found = told(hold(tmp_path, *words, "--runs", "latest"))
    assert judge_of(found)["games"] == 3 * 2
    assert found["left_out"] == {"beta": {"cut_off": 1, "alone": 3}}


def test_answers_to_other_questions_stay(tmp_path, data):
    more = write_questions(tmp_path / "more", other=5)
    rows = more / "general_qa" / "other.jsonl"
    rows.write_text(rows.read_text() + '{"query": "Item 7: this one is cut off"}\n')
    with ArenaService(WORTH, {"j": Judge()}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j")
        told(hold(tmp_path, *MODELS, *words))
        before = len(service.bodies)
        done = hold(tmp_path, *MODELS, *words, "--dataset-dir", "more", "--reuse")
        found = told(done)
        assert len(service.bodies) - before == 3 * 6 + 3 * 5 * 2
        assert judge_of(found)["games"] == 3 * (20 + 5) * 2
        assert "alpha: 20 earlier answers to other questions are kept" in done.err
        again = told(hold(tmp_path, *MODELS, *words, "--dataset-dir", "more", "--reuse"))
    assert again["left_out"] == found["left_out"] == {name: {"cut_off": 1} for name in WORTH}


def test_everything_is_made_again_from_the_store(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(bias=0.5)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--baseline", "beta", "--report")
        first = told(hold(tmp_path, *MODELS, *words))
    shutil.rmtree(data)
    (tmp_path / "s.json").unlink()
    folder = _only(tmp_path)
    made = {
        name: (folder / name).read_bytes()
        for name in ("leaderboard.txt", "leaderboard.csv", "leaderboard.md", "battles.jsonl")
    }
    for name in [*made, "report.html", "leaderboard.json"]:
        (folder / name).unlink()
    assert command(tmp_path, "report", "latest").status == 0
    assert {name: (folder / name).read_bytes() for name in made} == made
    again = json.loads((folder / "leaderboard.json").read_text())
    assert again["leaderboard"] == first["leaderboard"]
    assert again["judges"] == first["judges"]
    done = command(tmp_path, "arena", "--reuse", "--mode", "eval", "--ties", "davidson", "--json")
    other = told(done)
    assert other["ratings"][0]["tie_parameter"] is not None
    assert other["baseline"] == "beta"


def test_stored_battles_are_rated_as_they_were_judged(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(bias=1)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        first = told(hold(tmp_path, *MODELS, "--datasets", "general_qa", "--judge", "j"))
    again = ("arena", "--reuse", "--mode", "eval", "--draws", 1000, "--json")
    before = {path.name: path.read_bytes() for path in _only(tmp_path).glob("leaderboard.*")}
    done = command(tmp_path, *again, "--baseline", "nosuch")
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "--baseline: 'nosuch' is none of the models: alpha, beta, gamma" in done.err
    for name, content in before.items():
        assert (_only(tmp_path) / name).read_bytes() == content
    done = command(tmp_path, *again, "--judge-repeats", 3, "--no-judge-swap")
    found = told(done)
    assert found["leaderboard"] == first["leaderboard"]
    assert "--judge-repeats, --judge-swap not used: stored battles are rated" in done.err
    lines = (_only(tmp_path) / "battles.jsonl").read_text().splitlines()
    assert {json.loads(line)["weight"] for line in lines} == {1}


def test_the_page_is_whole_and_shows_what_models_said_as_text(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(), "k": Judge(bias=2)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j", "k"])
        words = ("--datasets", "general_qa", "--judge", "j", "k", "--report")
        found = told(hold(tmp_path, *MODELS, *words))
    page = (_only(tmp_path) / "report.html").read_text()
    assert "<script>alert(1)" not in page
    assert "default-src 'none'" in page
    for text in ("OVERALL LEADERBOARD", "SUBSET LEADERBOARD: general_qa - easy", "Who beats whom"):
        assert text in page
    assert found["panel"]["alpha"]["units"] == 60
    assert [each["judge"] for each in found["judges"]] == ["j", "k"]


def test_leaderboards_read_like_evalscopes(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(sharpness=3)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--baseline", "beta")
        told(hold(tmp_path, *MODELS, *words))
    lines = (_only(tmp_path) / "leaderboard.txt").read_text().splitlines()
    assert lines[0] == "=== OVERALL LEADERBOARD ==="
    assert lines[1] == "Model    WinRate (%)  CI (%)"
    assert lines[2].startswith("-----  -------------  -----")
    assert lines[4] == "beta            50    (+0.0 / +0.0)"
    assert lines[6] == ""
    titles = [line for line in lines if line.startswith("===")]
    assert titles[1:] == [
        "=== DATASET LEADERBOARD: general_qa ===",
        "=== SUBSET LEADERBOARD: general_qa - easy ===",
        "=== SUBSET LEADERBOARD: general_qa - hard ===",
    ]


def test_adaptive_stops_when_the_intervals_are_narrow(tmp_path):
    write_questions(tmp_path / "data", main=120)
    with ArenaService(WORTH, {"j": Judge(sharpness=1)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--pairs", "adaptive")
        found = told(hold(tmp_path, *MODELS, *words, "--ci-width", 150, "--batch", 45))
    games = judge_of(found)["games"]
    assert games % 90 == 0
    assert 90 <= games < 3 * 120 * 2
    for each in found["ratings"][0]["ratings"]:
        assert each["high"] - each["low"] < 165


def test_adaptive_does_not_stop_for_ties_alone(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(always_first=True)}).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        words = ("--datasets", "general_qa", "--judge", "j", "--pairs", "adaptive", "--batch", 24)
        done = hold(tmp_path, *MODELS, *words)
    assert judge_of(told(done))["games"] == 3 * 20 * 2
    assert "every bout was judged and --ci-width 50 not reached" in done.err


def test_a_killed_judge_is_continued_with_nothing_asked_twice(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(garbled=0.1)}, delay_s=0.03).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"], parallel=4)
        words = ["--config", "s.json", "--dataset-dir", "data", "--no-probe", *MODELS]
        words += ["--datasets", "general_qa", "--judge", "j", "--judge-retries", "0"]
        running = warm.Popen(
            [*PERFBENCH, "arena", *words],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            start_new_session=True,
        )
        wait_for(lambda: sum(service.judged.values()) >= 48, 40)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        wait_for(lambda: service.answered == len(service.bodies))
        service.delay_s = 0
        with open_run(_only(tmp_path)) as run:
            stored = len(run.answers.answered("j/arena"))
        before = len(service.bodies)
        done = hold(tmp_path, *words[5:], "--reuse")
        found = told(done)
        asked = len(service.bodies) - before
    assert judge_of(found)["games"] == len(service.judged) == 120
    assert 0 < stored < 120
    assert asked == 120 - stored


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "an arena needs --models with --datasets, or --runs, or --reuse RUN"),
        (("--models", "alpha"), "--models answer data sets: name them with --datasets"),
        (("--runs", "nowhere", "--judge", "j"), "--runs: there is no run 'nowhere'"),
        ((*MODELS, "--datasets", "general_qa"), "--judge: name at least one model"),
        ((*MODELS, "--datasets", "general_qa", "--judge", "x"), "--judge: 'x' is not under"),
        (
            ("--models", "alpha", "--datasets", "general_qa", "--judge", "j"),
            "an arena needs two models or more, and there is: alpha",
        ),
        (
            (*MODELS, "--datasets", "general_qa", "--judge", "j", "--baseline", "zeta"),
            "--baseline: 'zeta' is none of the models: alpha, beta, gamma",
        ),
        (
            (*MODELS, "--datasets", "general_qa", "--judge", "j", "--pairs", "baseline"),
            "--pairs baseline needs --baseline",
        ),
        (
            (*MODELS, "--datasets", "general_qa", "--judge", "j", "--ci-width", 9),
            "--ci-width needs --pairs adaptive",
        ),
        (
            (*MODELS, "--datasets", "general_qa", "--judge", "j", "--judge-prompt", "simpleqa"),
            "--judge-prompt simpleqa judges one answer; battles compare two",
        ),
        (
            (*MODELS, "--datasets", "general_qa", "--judge", "j", "--repeats", 2),
            "--repeats: an arena has one answer of each model to a question",
        ),
        (("--reuse", "nowhere", "--mode", "eval"), "there is no run 'nowhere'"),
        (
            (*MODELS, "--datasets", "general_qa", "--judge", "j", "--judge-aggregate", "median"),
            "--judge-aggregate is of no use in an arena",
        ),
        (
            (*MODELS, "--datasets", "general_qa", "--judge", "j", "--sandbox", "landlock"),
            "--sandbox is of no use in an arena, which runs no programs",
        ),
        (
            (*MODELS, "--datasets", "general_qa", "--judge", "self"),
            "--judge self: no model judges its own battles",
        ),
    ],
)
def test_what_makes_no_sense_is_one_line(tmp_path, data, words, says):
    write_settings(tmp_path / "s.json", "http://127.0.0.1:9", list(WORTH), ["j"])
    done = command(tmp_path, "arena", "--config", "s.json", "--dataset-dir", "data", *words)
    assert (done.status, len(done.err.splitlines())) == (2, 1), done.err
    assert says in done.err
    assert not (tmp_path / "results").exists()


def test_a_battle_is_judged_by_most_and_by_repeats(tmp_path, data):
    judges = {"j": Judge(sharpness=math.inf), "k": Judge(sharpness=math.inf), "m": Judge(fails=0.5)}
    with ArenaService(WORTH, judges).running() as service:
        write_settings(tmp_path / "s.json", service.url, list(WORTH), list(judges))
        words = ("--datasets", "general_qa", "--judge", *judges, "--min-valid-judges", 2)
        done = hold(tmp_path, *MODELS, *words, "--judge-repeats", 2, "--limit", 2)
        found = json.loads(done.out)
    assert [each["games"] for each in found["judges"]] == [3 * 4 * 2 * 2] * 3
    assert judge_of(found, "m")["missing"].keys() == {"request_failed"}
    assert judge_of(found, "j")["consistency"]["value"] == 1
    assert found["battles"] == {"judged": 12, "without_outcome": 0}
    for line in (_only(tmp_path) / "battles.jsonl").read_text().splitlines():
        each = json.loads(line)
        sure = [game["score"] for game in each["games"] if game["judge"] != "m"]
        assert each["outcome"] == ("first" if sure[0] else "second")
        assert each["weight"] == pytest.approx(
            sum(game["score"] is not None for game in each["games"]) / 12
        )


def test_general_arena_is_an_arena(tmp_path, data):
    with ArenaService(WORTH, {"j": Judge(sharpness=3)}).running() as service:
        settings = write_settings(tmp_path / "s.json", service.url, list(WORTH), ["j"])
        for name in ("alpha", "beta"):
            words = ("--models", name, "--datasets", "general_qa", "--mode", "infer")
            more = ("--config", "s.json", "--dataset-dir", "data", "--name", name)
            assert command(tmp_path, "eval", *words, *more, "--no-probe").status == 0
        models = [
            {"name": path.name[16:], "report_path": f"{path}/reports/{path.name[16:]}"}
            for path in _runs(tmp_path)
        ]
        content = {
            "model_configs": json.loads(settings.read_text())["model_configs"],
            "datasets": ["general_arena"],
            "dataset_args": {
                "general_arena": {"extra_params": {"models": models, "baseline": "beta"}}
            },
            "judge": ["j"],
        }
        settings.write_text(json.dumps(content))
        done = command(tmp_path, "eval", "--config", "s.json", "--json")
        found = told(done)
        assert list(overall(found)) == ["alpha", "beta"]
        assert overall(found)["beta"]["win_rate"] == 0.5
        for wrong, says in (
            ({"extra_params": {"models": "x"}}, "extra_params.models is a list of"),
            ({"prompt_template": "x"}, "prompt_template is not understood; prompts of judges"),
        ):
            settings.write_text(json.dumps({**content, "dataset_args": {"general_arena": wrong}}))
            done = command(tmp_path, "eval", "--config", "s.json")
            assert (done.status, len(done.err.splitlines())) == (2, 1)
            assert says in done.err


def _runs(folder: Path) -> list[Path]:
    return sorted((folder / "results").iterdir())


def _only(folder: Path) -> Path:
    (found,) = _runs(folder)
    return found
