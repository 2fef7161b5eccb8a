"""Jobs from being asked for to their end: checked, queued, started in turn, watched, stopped.

Joins the queue, the processes and what they tell. Runs in the server's event loop.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

import msgspec

from perfbench.config.secrets import masked
from perfbench.config.server import ServerConfig
from perfbench.errors import StoreError
from perfbench.server import process
from perfbench.server.feed import Feed, Feeds
from perfbench.server.outcome import difference, outcome
from perfbench.server.outcome import log_tail as log_tail
from perfbench.server.process import Child
from perfbench.server.queue import ALIVE, ENDED, Command, Job, Queue, State, new_id
from perfbench.server.refusal import Refusal
from perfbench.server.secrets import Secrets, gone
from perfbench.server.storing import Storing
from perfbench.server.vetting import forced, vetted

_TICK_S = 0.25
"""Between two looks at a running job: an event is passed on after half of it on average."""
_BEAT_S = 15.0
"""Between two signs of life to watchers, and two attempts to start what waits."""
LANES: tuple[tuple[Command, ...], ...] = (("perf",), ("eval", "arena"))
"""Commands that share a number of jobs at a time."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a job is made of."""

    command: Command
    settings: Mapping[str, Any]
    batch: str | None = None
    label: str | None = None
    resumes: str | None = None
    """The results folder that it continues; then ``settings`` are those given along."""
    origin: Job | None = None
    """The job that wrote that folder."""
    repeats: str | None = None


class Jobs:
    """All jobs of a server, from :meth:`open` to :meth:`close`."""

    def __init__(self, config: ServerConfig, folder: Path, queue: Queue) -> None:
        self._config = config
        self._folder = folder
        self.queue = queue
        self._secrets = Secrets()
        self._children: dict[str, Child] = {}
        self._feeds = Feeds()
        self._tasks: set[asyncio.Task[None]] = set()
        self._killed: set[str] = set()
        self._ends: dict[str, asyncio.Event] = {}
        self._storing = Storing()

    def open(self) -> None:
        """Find again what an earlier server started, and go on with what waits.

        Raises:
            StoreError: the queue cannot be read or written.
        """
        for job in reversed(self.queue.listed(ALIVE, limit=10_000)):
            assert job.process is not None
            self._watch(job, Child(job.process))
        for job in reversed(self.queue.listed(("queued",), limit=10_000)):
            if job.withheld:
                self._ended(job, "interrupted", gone(job.withheld))
            else:
                self._feeds.begin(job.id, self._events(job)).ready.set()
        self._start_next()
        self._go_on(self._beat())

    async def close(self) -> None:
        """Stop watching. What runs goes on, and is found again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._feeds.close()

    def submit(self, asked: Asked, key: str | None = None) -> Job:
        """Queue a job; the same one again for the same Idempotency-Key.

        Raises:
            Refusal: a setting is wrong or may not be given, or too many jobs wait.
            StoreError: the queue cannot be written.
        """
        if key is not None and (known := self.queue.asked_with(key)) is not None:
            return known
        given = vetted(asked.command, asked.settings, self._config, asked.resumes)
        if self.queue.count(("queued",), ("perf", "eval", "arena")) >= self._config.queue:
            raise Refusal(429, f"{self._config.queue} jobs wait already: ask again later")
        shown, origin = masked(given), asked.origin
        secret = {name: value for name, value in given.items() if shown[name] != value}
        before = () if origin is None else (key for key in origin.withheld if key not in given)
        job = Job(
            id=new_id(),
            command=asked.command,
            settings=shown if origin is None else {**origin.settings, **shown},
            withheld=(*secret, *before),
            created_s=time.time(),
            batch=asked.batch,
            label=asked.label,
            run=asked.resumes,
            resumes=asked.resumes,
            along=() if asked.resumes is None else tuple(given),
            repeats=asked.repeats,
        )
        self.queue.put(job, key)
        self._secrets.keep(job.id, secret)
        self._feeds.begin(job.id, self._events(job)).ready.set()
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

    def ahead_of(self, job: Job) -> int:
        """How many jobs have their turn before one that waits."""
        return self.queue.ahead_of(job, next(lane for lane in LANES if job.command in lane))

    def needs(self, job: Job) -> tuple[str, ...]:
        """Settings whose secrets are gone: to resume or repeat a job they must be given again."""
        return self._secrets.lacking(job)

    async def feed(self, job: Job) -> Feed:
        """What a job tells, and has told: all of it up to now has been taken up."""
        feed = self._feeds.running(job.id)
        if feed is None:
            feed, is_new = self._feeds.past(job.id, self._events(job))
            if is_new:
                self._go_on(feed.read_to_end())
        await feed.ready.wait()
        return feed

    def _events(self, job: Job) -> Path:
        return self.folder(job) / process.EVENTS

    def folder(self, job: Job) -> Path:
        """Where its events and what it prints are."""
        return self._folder / job.id

    def stop(self, name: str, cut: bool = False) -> Job:
        """Let a job finish what is under way and end; one that waits never begins.

        Args:
            cut: if it was told that already, end what is under way too; results are written.

        Raises:
            Refusal: there is none, or it has ended.
        """
        job = self._unfinished(name)
        if job.state == "queued":
            return self._ended(job, "stopped", None)
        if job.state == "running" or cut:
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
        self._killed.add(name)
        self._children[name].kill()
        return self._changed(job, state="stopping")

    def resume(self, name: str, given: Mapping[str, Any]) -> Job:
        """Continue the run of a job that has ended, as a new job.

        Args:
            given: its secrets, which nothing kept that outlives the server, and settings that may
                be other ones.

        Raises:
            Refusal: it has not ended, a secret is missing, its run is gone, or another job
                continues it.
        """
        job = self._finished(name)
        if job.run is None:
            return self._again(job, given, job.batch, job.label)
        if not (self._config.outputs_dir / job.run / "run.db").is_file():
            raise Refusal(409, f"its run {job.run} is gone: it can only be repeated")
        for other in self.queue.listed(("queued", *ALIVE), limit=10_000):
            if other.run == job.run:
                raise Refusal(409, f"job {other.id} continues its run already")
        along = self._secrets.with_known(job, given)
        return self.submit(
            Asked(
                command=job.command,
                settings={key: value for key, value in along.items() if value is not None},
                resumes=job.run,
                origin=job,
                batch=job.batch,
                label=job.label,
            )
        )

    def repeat(
        self,
        name: str,
        changes: Mapping[str, Any],
        batch: str | None = None,
        label: str | None = None,
    ) -> Job:
        """Do a job again with other settings where ``changes`` has them; null takes one away.

        Args:
            batch: what it is of, now.
            label: its name in that.

        Raises:
            Refusal: a setting is wrong, or a secret is missing.
        """
        return self._again(self.look(name), changes, batch, label)

    def _again(
        self,
        job: Job,
        changes: Mapping[str, Any],
        batch: str | None = None,
        label: str | None = None,
    ) -> Job:
        known = {**job.settings, **self._secrets.with_known(job, changes)}
        given = {key: value for key, value in known.items() if value is not None}
        return self.submit(
            Asked(command=job.command, settings=given, repeats=job.id, batch=batch, label=label)
        )

    def forget(self, name: str) -> Job:
        """Remove a job that has ended, with its log; its results stay.

        Raises:
            Refusal: there is none, or it has not ended.
        """
        job = self._finished(name)
        self.queue.forget(job)
        self._secrets.forget(job.id)
        self._feeds.forget(job.id)
        shutil.rmtree(self.folder(job), ignore_errors=True)
        return job

    async def end_of(self, job: Job) -> Job:
        """Wait until a job has ended."""
        if self.look(job.id).state not in ENDED:
            await self._ends.setdefault(job.id, asyncio.Event()).wait()
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

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            self._feeds.beat()
            self._start_next()

    def _start_next(self) -> None:
        """Start what has its turn; what cannot be stored now is tried again at the next beat."""
        limits = (self._config.load_tests, self._config.evaluations)
        try:
            for lane, limit in zip(LANES, limits, strict=True):
                while self.queue.count(ALIVE, lane) < limit and (job := self.queue.next(lane)):
                    self._start(job)
        except StoreError as error:
            self._storing.say(error)

    def _start(self, job: Job) -> None:
        folder = self.folder(job)
        words = ["--outputs-dir", str(self._config.outputs_dir), *forced(self._config)]
        given = {**job.settings, **self._secrets.of(job)}
        try:
            # It may have waited, or its run been made, where more was allowed.
            vetted(job.command, given, self._config, job.resumes or "")
        except Refusal as refusal:
            self._ended(job, "failed", str(refusal))
            return
        if job.resumes is not None:
            words += ["--resume", str(self._config.outputs_dir / job.resumes)]
            given = {key: given[key] for key in job.along if key in given}
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            child = process.start(job.command, given, words, folder, self._config.allow_sinks)
        except OSError as error:
            self._ended(job, "failed", f"cannot start it: {error.strerror or error}")
            return
        try:
            now = self._changed(job, state="running", started_s=time.time(), process=child.known)
        except StoreError:
            child.kill()
            raise
        finally:
            child.give()  # Once it is known, so that a server that ends now leaves no stray run.
        self._watch(now, child)

    def _watch(self, job: Job, child: Child) -> None:
        self._children[job.id] = child
        feed = self._feeds.running(job.id) or self._feeds.begin(job.id, self._events(job))
        self._go_on(self._follow(job.id, child, feed))

    async def _follow(self, name: str, child: Child, feed: Feed) -> None:
        was_alive, knows_run = False, False
        while True:
            alive = child.alive  # Looked at first: what it told before it ended is read then.
            was_alive |= alive
            await feed.read_all()
            if not knows_run and feed.seen.started is not None:
                await self._storing.until_done(self._take_run, name, feed)
                knows_run = True
            if not alive:
                break
            await asyncio.sleep(_TICK_S)
        if was_alive and feed.seen.finished is None:
            child.sweep()  # Its workers would disturb whoever comes next.
        job = await self._storing.until_done(self.look, name)
        ended = msgspec.structs.replace(job, exit_status=child.exit_status)
        state, error = outcome(ended, feed.seen, self.folder(job) / process.LOG)
        if name in self._killed:
            state, error = "stopped", "killed"
        differs = await asyncio.to_thread(difference, ended, feed, self._config.outputs_dir)
        ended = msgspec.structs.replace(ended, differs=differs)
        await self._storing.until_done(self._ended, ended, state, error)
        self._start_next()

    def _take_run(self, name: str, feed: Feed) -> None:
        """Note which results folder a job writes, which it has told."""
        assert feed.seen.started is not None
        self._changed(self.look(name), run=Path(str(feed.seen.started.get("path"))).name)

    def _ended(self, job: Job, state: State, error: str | None) -> Job:
        now = self._changed(job, state=state, error=error, ended_s=time.time())
        self._children.pop(job.id, None)
        self._killed.discard(job.id)
        self._feeds.end(job.id)
        if (end := self._ends.pop(job.id, None)) is not None:
            end.set()
        self._secrets.end(job.id)
        return now

    def _changed(self, job: Job, **changes: Any) -> Job:
        now = self.queue.put(msgspec.structs.replace(job, **changes))
        if (feed := self._feeds.running(job.id)) is not None:
            feed.nudge()
        return now


def check(asked: Asked, config: ServerConfig) -> Mapping[str, Any]:
    """The settings that a job would be given, without asking for it.

    Raises:
        Refusal: one is wrong, or may not be given.
    """
    return vetted(asked.command, asked.settings, config, asked.resumes)
