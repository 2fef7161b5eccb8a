"""The handle on one results folder: made, written and read here and nowhere else.

``run.db`` is the truth; ``config.yaml``, ``summary.json`` and ``run.log`` are for people and other
programs. Stamps are monotonic nanoseconds; the pair (monotonic, wall) is taken once per run.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from perfbench.errors import StoreError
from perfbench.foreign import one_line
from perfbench.store import database, schema, summary_file
from perfbench.store.about import About, Continuation
from perfbench.store.access import Access
from perfbench.store.answers import Answers
from perfbench.store.cut_points import CutPoints
from perfbench.store.folder import clock_pair, describe, make_folder, write_config
from perfbench.store.samples import Samples
from perfbench.store.scrapes import Scrapes
from perfbench.store.scrubbing import Scrub, as_is, without_secrets
from perfbench.types import (
    Asked,
    Event,
    Note,
    Phase,
    Point,
    PointFacts,
    Record,
    RunKind,
    SearchPath,
    Summary,
)

if TYPE_CHECKING:
    from perfbench.metrics.columns import Columns
    from perfbench.store.requests import Requests

_PAGE = 1000
_LOG = "run.log"


class Run:
    """A run on disk. Make one with :meth:`create`, open one with :func:`open_run`.

    Methods that write raise :class:`StoreError` when the disk is full or read-only; all that was
    stored before stays readable. One thread at a time may use a handle.
    """

    def __init__(
        self, path: Path, db: sqlite3.Connection, cleanup: ExitStack, scrub: Scrub = as_is
    ) -> None:
        self.path = path
        self.scrub = scrub
        """What all goes through that is stored, and that is written beside the store."""
        self._db = db
        self._cleanup = cleanup
        self._generation: tuple[int, ...] | None = None
        self._stored: int = db.execute("SELECT ifnull(max(id), 0) FROM request").fetchone()[0]
        row = db.execute("SELECT origin_ns, origin_wall_ns, config, about, version FROM run")
        found = row.fetchone()
        if found is None:
            raise StoreError(f"{path} was left before the run began: it holds nothing")
        self.origin_ns = msgspec.convert(found[0], int)
        """The monotonic instant at which the run began."""
        self.origin_wall_ns = msgspec.convert(found[1], int)
        """The same instant as Unix time."""
        self.config = msgspec.json.decode(found[2], type=dict[str, Any])
        """The settings, secrets masked."""
        self.about = About.of(msgspec.json.decode(found[3], type=dict[str, Any]))
        """Facts of the run: its kind, url, model, endpoint, simulator, host, versions."""
        self.version = msgspec.convert(found[4], str)
        """Of the perfbench that made it."""
        monotonic, wall = clock_pair()
        # Of this process: a run may be continued after the machine has started anew.
        self._to_wall_ns = wall - monotonic

    @classmethod
    def create(
        cls,
        outputs_dir: Path,
        name: str,
        config: Mapping[str, Any],
        facts: Mapping[str, Any],
        scrub: Scrub = as_is,
    ) -> Run:
        """Make ``<outputs_dir>/<YYYYmmdd_HHMMSS>_<name>/`` with ``config.yaml`` and ``run.db``.
        Nobody else can write it until it is closed.

        Args:
            config: settings as plain data, secrets already masked.
            facts: what holds for the whole run: the fields of :class:`About`, and others.
            scrub: cuts secrets out of all that is stored.

        Raises:
            StoreError: the folder or the files cannot be written.
        """
        config, facts = scrub(config), scrub(facts)
        path = make_folder(Path(outputs_dir), scrub(name))
        cleanup = ExitStack()
        try:
            database.claim(path, cleanup)
            write_config(path, config)
            db = database.create(path)
            cleanup.callback(db.close)
            cleanup.callback(database.fold, db)
            describe(path, db, config, facts)
            run = cls(path, db, cleanup, scrub)
            run._to_wall_ns = run.origin_wall_ns - run.origin_ns
            return run
        except BaseException:
            cleanup.close()
            shutil.rmtree(path, ignore_errors=True)
            raise

    def fork(self, outputs_dir: Path, name: str, config: Mapping[str, Any], facts: Any) -> Run:
        """A copy of the run in a folder of its own, to be continued with other settings; this one
        stays as it is, even if another process writes it. The stamps stay true: the clock of the
        copy is this run's.

        Args:
            name, config, facts: as :meth:`create` takes them.

        Raises:
            StoreError: the folder or the files cannot be written.
        """
        made = Run.create(outputs_dir, name, config, facts, self.scrub)
        try:
            with database.errors_in_words(f"cannot write {made.path / database.FILE_NAME}"):
                about = made._db.execute("SELECT name, version, config, about FROM run").fetchone()
                self._db.backup(made._db)
                made._db.execute(
                    "UPDATE run SET name = ?, version = ?, config = ?, about = ?", about
                )
            found = Run(made.path, made._db, made._cleanup, self.scrub)
        except BaseException:
            made.close()
            shutil.rmtree(made.path, ignore_errors=True)
            raise
        return found

    @property
    def kind(self) -> RunKind:
        """Whether this is a load test or an evaluation."""
        return self.about.kind

    @property
    def started_s(self) -> float:
        """Unix time of the start of the run."""
        return self.origin_wall_ns / 1_000_000_000

    @property
    def outdated(self) -> bool:
        """Whether a handle that was opened to read only misses what was written since: another must
        be opened."""
        found = database.generation(self.path / database.FILE_NAME)
        return self._generation not in (None, found)

    def claim(self) -> None:
        """Continue the run: be the only one that writes it, until it is closed.

        Raises:
            StoreError: another process writes it, or it cannot be written.
        """
        database.claim(self.path, self._cleanup)
        with self._transaction():
            self._db.execute("UPDATE run SET name = name")
        database.expect_writes(self._db)
        self._cleanup.callback(database.fold, self._db)

    def put_continuation(self, continued: Continuation) -> None:
        """Store that the run is continued."""
        each = [*self.about.resumed, continued]
        self._put_about({"resumed": self.scrub(msgspec.to_builtins(each))})

    def put_rest(self, names: Sequence[str]) -> None:
        """Store which points were planned and are not run."""
        if names != list(self.about.rest):
            self._put_about({"rest": list(names)})

    def _put_about(self, changed: Mapping[str, Any]) -> None:
        facts = {**self.about.facts(), **changed}
        text = msgspec.json.encode(facts).decode()
        with self._transaction():
            self._db.execute("UPDATE run SET about = ?", (text,))
        self.about = About.of(msgspec.json.decode(text, type=dict[str, Any]))

    def change_config(self, config: Mapping[str, Any]) -> None:
        """Store the settings with which a run is continued; secrets already masked."""
        config = self.scrub(config)
        with self._transaction():
            self._db.execute("UPDATE run SET config = ?", (msgspec.json.encode(config).decode(),))
        write_config(self.path, config)
        self.config = msgspec.json.decode(msgspec.json.encode(config))

    def begin_point(self, point: Point) -> None:
        """Store what is about to be run."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO point (point, name, spec) VALUES (?, ?, ?)",
                (point.index, point.name, msgspec.json.encode(point).decode()),
            )

    def append(self, point: Point, records: Sequence[Record]) -> None:
        """Store finished requests in one transaction. Once it returns, no kill can lose them."""
        records = [without_secrets(record, self.scrub) for record in records]
        ids = range(self._stored + 1, self._stored + 1 + len(records))
        outputs = (schema.output_row(record, key) for key, record in zip(ids, records, strict=True))
        with self._transaction():
            self._db.executemany(
                schema.INSERT_REQUEST,
                (
                    schema.request_row(record, key, point.index, self._to_wall_ns)
                    for key, record in zip(ids, records, strict=True)
                ),
            )
            self._db.executemany(schema.INSERT_OUTPUT, (row for row in outputs if row))
        self._stored = ids.stop - 1

    def end_point(self, point: Point, facts: PointFacts) -> None:
        """Store what the driver knew; without it the point counts as killed."""
        with self._transaction():
            self._db.execute(
                "UPDATE point SET facts = ? WHERE point = ?",
                (msgspec.json.encode(facts).decode(), point.index),
            )

    def put_search(self, path: SearchPath) -> None:
        """Store how far a search for a load has come, in place of what was stored before."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO search (id, path) VALUES (1, ?)",
                (msgspec.json.encode(path).decode(),),
            )

    def search(self) -> SearchPath | None:
        """How far a search for a load has come; ``None`` if the run does not search."""
        with self._reading():
            row = self._db.execute("SELECT path FROM search").fetchone()
            return msgspec.json.decode(row[0], type=SearchPath) if row else None

    def count(self, point: Point) -> dict[Phase, int]:
        """How many requests of a point are stored, by phase; phases without any are absent."""
        with self._reading():
            return dict(
                self._db.execute(
                    "SELECT phase, count(*) FROM request WHERE point = ? GROUP BY phase",
                    (point.index,),
                )
            )

    def last_seq(self, point: Point) -> int | None:
        """The highest place in a point's plan that is stored; ``None`` if nothing is."""
        with self._reading():
            found: int | None = self._db.execute(
                "SELECT max(seq) FROM request WHERE point = ?", (point.index,)
            ).fetchone()[0]
            return found

    def points(self) -> list[Point]:
        """The points that were begun, in order."""
        with self._reading():
            rows = self._db.execute(
                "SELECT spec FROM point WHERE point >= 0 ORDER BY point"
            ).fetchall()
            return [msgspec.json.decode(spec, type=Point) for (spec,) in rows]

    def facts(self, point: Point) -> PointFacts | None:
        """What the driver knew of a point; ``None`` if the run was killed in it."""
        with self._reading():
            row = self._db.execute(
                "SELECT facts FROM point WHERE point = ?", (point.index,)
            ).fetchone()
            return msgspec.json.decode(row[0], type=PointFacts) if row and row[0] else None

    def to_wall_ns(self, point: Point) -> int:
        """What makes Unix time of the stamps of a point. Another process may have run it than the
        one that began the run, on a clock that a restart or a suspended machine has set apart."""
        with self._reading():
            row = self._db.execute(
                "SELECT sent_wall_ns - sent_ns FROM request WHERE point = ? "
                "AND sent_wall_ns IS NOT NULL AND sent_ns IS NOT NULL LIMIT 1",
                (point.index,),
            ).fetchone()
            return self.origin_wall_ns - self.origin_ns if row is None else int(row[0])

    def columns(self, point: Point, phase: Phase = "measure") -> Columns:
        """The requests of one phase as numpy columns."""
        from perfbench.store.reading import read_columns

        origin = (self.origin_ns, self.origin_ns + self.to_wall_ns(point))
        with self._reading():
            return read_columns(self._db, point.index, phase, origin)

    def records(self, point: Point, phase: Phase | None = None) -> Iterator[Record]:
        """The requests as they were recorded, in the order in which they finished."""
        columns = f"id, {schema.RECORD_COLUMNS}"
        where = "phase = coalesce(?, phase)"
        for page in self._pages(columns, point, where, (phase,)):
            with self._reading():
                records = [schema.record_of(row[1:]) for row in page]
            yield from records

    def texts(self, point: Point) -> Iterator[tuple[int, int, str]]:
        """``(seq, repeat, output)`` of each measured ``ok`` request that the tokenizer has not
        counted.

        The output is all that the model wrote: reasoning, the text of every choice, then the name
        and arguments of each tool call. The marks a chat template puts around them are not in it.
        """
        pages = self._pages(
            "id, seq, repeat, text, reasoning, tool_calls, more_texts",
            point,
            "phase = 'measure' AND outcome = 'ok' AND counted_output_tokens IS NULL",
        )
        for page in pages:
            with self._reading():
                found = [(seq, repeat, _written(*output)) for _, seq, repeat, *output in page]
            yield from found

    def update_output_tokens(self, point: Point, counts: Iterable[tuple[int, int, int]]) -> None:
        """Store the tokenizer's ``(seq, repeat, output tokens)``, beside the server's ``usage``."""
        with self._transaction():
            self._db.executemany(
                "UPDATE request SET counted_output_tokens = ? "
                f"WHERE point = {point.index} AND seq = ? AND repeat = ?",
                ((tokens, seq, repeat) for seq, repeat, tokens in counts),
            )

    def write_summary(self, summaries: Sequence[Summary]) -> Path:
        """Write ``summary.json`` and return its path."""
        run = {
            "id": self.path.name,
            "path": str(self.path.absolute()),
            "started": datetime.fromtimestamp(self.started_s).astimezone().isoformat(),
            "started_s": self.started_s,
            "perfbench_version": self.version,
        }
        facts = run | self.about.facts()
        return summary_file.write(self.path, facts, self.config, summaries, self.search())

    def summaries(self) -> list[Summary]:
        """What ``summary.json`` says; empty if it has not been written."""
        return summary_file.read(self.path)

    def note(self, text: str) -> None:
        """Append a line to ``run.log``; what would act on a terminal is left out of it."""
        # The log is a convenience: that it cannot be written must not end a run, or hide the error
        # that is being noted.
        with suppress(OSError), open(self.path / _LOG, "a", encoding="utf-8") as log:
            stamp = datetime.now().astimezone().isoformat(timespec="milliseconds")
            log.write(f"{stamp} {one_line(self.scrub(text), None)}\n")

    def hear(self, event: Event) -> None:
        """Keep in ``run.log`` what a run notes; an observer."""
        if isinstance(event, Note):
            self.note(event.text)
        elif isinstance(event, Asked) and event.error is not None:
            self.note(f"{event.name}: {event.error}")

    @property
    def answers(self) -> Answers:
        """What evaluations store beside the requests."""
        return Answers(self._access)

    @property
    def samples(self) -> Samples:
        """What was asked, as far as the run holds it."""
        return Samples(self._access)

    @property
    def cut_points(self) -> CutPoints:
        """What was measured of points that were cut, and run again."""
        return CutPoints(self._access)

    @property
    def scrapes(self) -> Scrapes:
        """What was read of the service's side."""
        return Scrapes(self._access)

    @property
    def requests(self) -> Requests:
        """All requests of all points, by column and one by one."""
        from perfbench.store.requests import Requests

        return Requests(self._db, self._reading, (self.origin_ns, self.origin_wall_ns))

    @property
    def _access(self) -> Access:
        return Access(self._db, self._transaction, self._reading, self.scrub)

    def close(self) -> None:
        """Release the files. A handle that is closed cannot be used again."""
        self._cleanup.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        what = f"cannot write {self.path / database.FILE_NAME}"
        with database.errors_in_words(what, f"; {self._stored} stored requests are kept"):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _reading(self) -> AbstractContextManager[None]:
        return database.reading(self.path / database.FILE_NAME)

    def _pages(
        self, columns: str, point: Point, where: str, values: tuple[Any, ...] = ()
    ) -> Iterator[list[Any]]:
        """Pages of rows in the order of ``id``, which is the first column; the caller may write
        between them.
        """
        with self._reading():
            low, high = self._db.execute(schema.POINT_SPAN, (point.index,)).fetchone()
        last = low - 1
        query = (
            f"SELECT {columns} FROM request LEFT JOIN output ON output.request = request.id "
            f"WHERE id > ? AND id <= ? AND +point = ? AND {where} ORDER BY id LIMIT {_PAGE}"
        )
        while True:
            with self._reading():
                rows = self._db.execute(query, (last, high, point.index, *values)).fetchall()
            yield rows
            if len(rows) < _PAGE:
                return
            last = rows[-1][0]


def open_run(path: str | Path, scrub: Scrub = as_is, read_only: bool = False) -> Run:
    """Open the results folder ``path`` (or the ``run.db`` in one), finished, running or killed.

    Args:
        scrub: cuts secrets out of all that is stored from now on.
        read_only: change nothing in the folder, not even the layout of an older store.

    Raises:
        StoreError: there is no run, it is damaged, or a newer perfbench made it.
    """
    folder = Path(path)
    if folder.name == database.FILE_NAME:
        folder = folder.parent
    cleanup = ExitStack()
    try:
        file = folder / database.FILE_NAME
        before = database.generation(file)
        db = database.open_existing(file, cleanup, read_only)
        cleanup.callback(db.close)
        with database.reading(file):
            run = Run(folder, db, cleanup, scrub)
        if read_only:
            # Which of the two it was opened as is not known if a writer came between.
            run._generation = before if database.generation(file) == before else ()
        return run
    except BaseException:
        cleanup.close()
        raise


def _written(text: str | None, reasoning: str | None, calls: str | None, more: str | None) -> str:
    texts = [text or "", *(msgspec.json.decode(more, type=list[str]) if more else [])]
    return (reasoning or "") + "".join(texts) + _called(calls)


def _called(calls: str | None) -> str:
    functions = [call.get("function") or {} for call in msgspec.json.decode(calls)] if calls else []
    return "".join(f"{f.get('name') or ''}{f.get('arguments') or ''}" for f in functions)
