"""Jobs from being asked for to their end: checked, queued, started in turn, watched, stopped.

Joins the queue, the processes and what they tell. Owns secrets: they are kept in memory, by job,
and given to its process. Runs in the server's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from perfbench.config.secrets import masked
from perfbench.config.server import ServerConfig
from perfbench.server import process
from perfbench.server.feed import Feed
from perfbench.server.process import Child
from perfbench.server.queue import ALIVE, ENDED, Command, Job, Queue, State, new_id
from perfbench.server.refusal import Refusal
from perfbench.server.vetting import vetted

_TICK_S = 0.25
"""Between two looks at a running job: an event is passed on after half of it on average."""
LANES: tuple[tuple[Command, ...], ...] = (("perf",), ("eval", "arena"))
"""Commands that share a number of jobs at a time."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is made of."""

    command: Command
    settings: Mapping[str, Any]
    batch: str | None = None
    label: str | None = None
    resumes: str | None = None
    repeats: str | None = None


class Jobs:
    """All jobs of a server, from :meth:`open` to :meth:`close`."""

    def __init__(self, config: ServerConfig, folder: Path, queue: Queue) -> None:
        self._config = config
        self._folder = folder
        self.queue = queue
        self._given: dict[str, Mapping[str, Any]] = {}
        """Settings with their secrets, by job."""
        self._children: dict[str, Child] = {}
        self._feeds: dict[str, Feed] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._killed: set[str] = set()
        self._ends: dict[str, asyncio.Event] = {}

    def open(self) -> None:
        """Find again what an earlier server started, and go on with what waits."""
        for job in reversed(self.queue.listed(ALIVE, limit=10_000)):
            assert job.process is not None
            self._watch(job, Child(job.process))
        for job in reversed(self.queue.listed(("queued",), limit=10_000)):
            if job.withheld:
                self._ended(job, "interrupted", _keys_gone(job))
        self._start_next()

    async def close(self) -> None:
        """Stop watching. What runs goes on, and is found again."""
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        for feed in self._feeds.values():
            feed.end()

    def submit(self, asked: Asked, key: str | None = None) -> Job:
        """Queue a job; the same one again for the same Idempotency-Key.

        Raises:
            Refusal: a setting is wrong or may not be given, or too many jobs wait.
        """
        if key is not None and (known := self.queue.asked_with(key)) is not None:
            return known
        given = vetted(asked.command, asked.settings, self._config, asked.resumes)
        if self.queue.count(("queued",), ("perf", "eval", "arena")) >= self._config.queue:
            raise Refusal(429, f"{self._config.queue} jobs wait already: ask again later")
        shown = masked(given)
        job = Job(
            id=new_id(),
            command=asked.command,
            settings=shown,
            withheld=tuple(name for name, value in given.items() if shown[name] != value),
            created_s=time.time(),
            batch=asked.batch,
            label=asked.label,
            resumes=asked.resumes,
            repeats=asked.repeats,
        )
        self._given[job.id] = given
        self.queue.put(job, key)
        self._start_next()
        return self.look(job.id)

    def look(self, name: str) -> Job:
        """A job as it is now.

        Raises:
            Refusal: there is none.
        """
        job = self.queue.find(name)
        if job is None:
            raise Refusal(404, f"there is no job {name[:60]!r}")
        return job

    def feed(self, job: Job) -> Feed:
        """What a job tells, and has told."""
        if job.id in self._feeds:
            return self._feeds[job.id]
        feed = Feed(self.folder(job) / process.EVENTS)
        feed.read_all()
        return feed

    def folder(self, job: Job) -> Path:
        """Where its events and what it prints are."""
        return self._folder / job.id

    def stop(self, name: str) -> Job:
        """Let a job finish what is under way and end; one that waits never begins.

        Raises:
            Refusal: there is none, or it has ended.
        """
        job = self._unfinished(name)
        if job.state == "queued":
            return self._ended(job, "stopped", None)
        self._children[job.id].drain()
        return self._changed(job, state="stopping")

    def kill(self, name: str) -> Job:
        """End a job at once; what it has stored stays.

        Raises:
            Refusal: there is none, or it has ended.
        """
        job = self._unfinished(name)
        if job.state == "queued":
            return self._ended(job, "stopped", None)
        self._killed.add(job.id)
        self._children[job.id].kill()
        return self._changed(job, state="stopping")

    def resume(self, name: str, secrets: Mapping[str, Any]) -> Job:
        """Continue the run of a job that has ended, as a new job.

        Args:
            secrets: its secrets, which nothing kept that outlives the server.

        Raises:
            Refusal: it has not ended, or a secret is missing.
        """
        job = self._finished(name)
        known = self._given.get(job.id, {})
        kept = {key: known[key] for key in job.withheld if key in known}
        if job.run is None:
            return self.repeat(name, secrets)
        return self.submit(
            Asked(
                command=job.command,
                settings={**kept, **secrets},
                resumes=job.run,
                batch=job.batch,
                label=job.label,
            )
        )

    def repeat(self, name: str, changes: Mapping[str, Any]) -> Job:
        """Do a job again with other settings where ``changes`` has them; null takes one away.

        Raises:
            Refusal: a setting is wrong, or a secret is missing.
        """
        job = self.look(name)
        given = {**job.settings, **self._given.get(job.id, {}), **changes}
        lacking = [key for key in job.withheld if key not in self._given.get(job.id, changes)]
        if lacking:
            raise Refusal(422, _keys_gone(job), lacking[0])
        left = {key: value for key, value in given.items() if value is not None}
        return self.submit(Asked(command=job.command, settings=left, repeats=job.id))

    def forget(self, name: str) -> Job:
        """Remove a job that has ended, with its log; its results stay.

        Raises:
            Refusal: there is none, or it has not ended.
        """
        job = self._finished(name)
        self.queue.forget(job)
        self._given.pop(job.id, None)
        shutil.rmtree(self.folder(job), ignore_errors=True)
        return job

    async def end_of(self, job: Job) -> Job:
        """Wait until a job has ended."""
        end = self._ends.setdefault(job.id, asyncio.Event())
        if self.look(job.id).state not in ENDED:
            await end.wait()
        return self.look(job.id)

    def _unfinished(self, name: str) -> Job:
        job = self.look(name)
        if job.state in ENDED:
            raise Refusal(409, f"job {job.id} has ended: it is {job.state}")
        return job

    def _finished(self, name: str) -> Job:
        job = self.look(name)
        if job.state not in ENDED:
            raise Refusal(409, f"job {job.id} is {job.state}: stop it first")
        return job

    def _start_next(self) -> None:
        for lane, limit in zip(
            LANES, (self._config.load_tests, self._config.evaluations), strict=True
        ):
            while self.queue.count(ALIVE, lane) < limit and (job := self.queue.next(lane)):
                self._start(job)

    def _start(self, job: Job) -> None:
        folder = self.folder(job)
        words = ["--outputs-dir", str(self._config.outputs_dir)]
        if job.resumes is not None:
            words += ["--resume", str(self._config.outputs_dir / job.resumes)]
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            child = process.start(job.command, self._given.get(job.id, job.settings), words, folder)
        except OSError as error:
            self._ended(job, "failed", f"cannot start it: {error.strerror or error}")
            return
        now = self._changed(job, state="running", started_s=time.time(), process=child.known)
        self._watch(now, child)

    def _watch(self, job: Job, child: Child) -> None:
        self._children[job.id] = child
        self._feeds[job.id] = Feed(self.folder(job) / process.EVENTS)
        task = asyncio.get_running_loop().create_task(self._follow(job.id, child))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def _follow(self, name: str, child: Child) -> None:
        feed = self._feeds[name]
        while True:
            alive = child.alive  # Looked at first: what it told before it ended is read then.
            feed.read()
            self._take_run(name, feed)
            if not alive:
                break
            await asyncio.sleep(_TICK_S)
        feed.read_all()
        state, error = self._outcome(name, child, feed)
        job = self.look(name)
        self._ended(msgspec.structs.replace(job, exit_status=child.exit_status), state, error)
        feed.end()
        del self._children[name], self._feeds[name]
        self._start_next()

    def _take_run(self, name: str, feed: Feed) -> None:
        """Note which results folder a job writes, once it has told."""
        started = feed.seen.started
        if started is not None and (job := self.look(name)).run is None:
            self._changed(job, run=Path(str(started["path"])).name)

    def _outcome(self, name: str, child: Child, feed: Feed) -> tuple[State, str | None]:
        """What became of a job whose process has ended, by its last word and its exit status."""
        job, finished, status = self.look(name), feed.seen.finished, child.exit_status
        if name in self._killed:
            return "stopped", "killed"
        if finished is None:
            if status is not None and status > 0:
                return "failed", self._last_line(job)
            return "interrupted", "its process ended without a word"
        if finished.get("interrupted"):
            return "stopped", finished.get("error")
        if status or finished.get("error"):
            return "failed", finished.get("error") or self._last_line(job)
        return "done", None

    def _last_line(self, job: Job) -> str:
        """What a command says that ends with an error."""
        with contextlib.suppress(OSError):
            lines = log_tail(self.folder(job) / process.LOG, 4096).splitlines()
            said = [line for line in lines if line.startswith("perfbench: ")] or lines
            if said:
                return said[-1].removeprefix("perfbench: ")
        return "it said nothing"

    def _ended(self, job: Job, state: State, error: str | None) -> Job:
        now = self._changed(job, state=state, error=error, ended_s=time.time())
        if (end := self._ends.pop(job.id, None)) is not None:
            end.set()
        return now

    def _changed(self, job: Job, **changes: Any) -> Job:
        return self.queue.put(msgspec.structs.replace(job, **changes))


def log_tail(path: Path, limit: int) -> str:
    """The last bytes of a file, from the beginning of a line on, as text.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - limit))
        found = file.read(limit)
    if size > limit:
        found = found.partition(b"\n")[2]
    return found.decode("utf-8", "replace")


def check(asked: Asked, config: ServerConfig) -> Mapping[str, Any]:
    """The settings that a job would be given, without asking for it.

    Raises:
        Refusal: one is wrong, or may not be given.
    """
    return vetted(asked.command, asked.settings, config, asked.resumes)


def _keys_gone(job: Job) -> str:
    names: Sequence[str] = job.withheld
    return (
        f"{', '.join(names)} {'was' if len(names) == 1 else 'were'} kept in memory only: "
        "give what it was again"
    )
