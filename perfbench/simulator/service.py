"""The service: listens, routes requests, and turns completion requests into answers.

Owns the listener, the connections and the routes. Bytes, timing and counting are its parts'.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from perfbench.simulator import api, faults, lies
from perfbench.simulator.answers import Answers
from perfbench.simulator.api import Reject
from perfbench.simulator.book import Book
from perfbench.simulator.connection import SO_TIMESTAMPNS, Connection, Request
from perfbench.simulator.dialects.paths import dialect_of
from perfbench.simulator.faults import Fault, FaultPlan
from perfbench.simulator.generation import Generation
from perfbench.simulator.loop import READ, Loop
from perfbench.simulator.native import parse_reading, read_script, scores, vectors
from perfbench.simulator.options import Options
from perfbench.simulator.pacing import BatchPacing, ExactPacing, Pacing
from perfbench.simulator.response import make_script
from perfbench.simulator.script import Script, plain_response

_ACCEPTS_PER_PASS = 16
"""A burst of new connections must not delay events that are due."""
_KEY_HEADERS = ("x-api-key", "x-goog-api-key")
_OPEN = frozenset(("/health", "/metrics", "/answers", "/tokenize"))
"""Paths that want no key."""
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

Handler = Callable[[Connection, Request], None]


class Service:
    """A listening service; ``close`` ends it and aborts what is in progress."""

    def __init__(self, options: Options, listener: socket.socket, loop: Loop) -> None:
        self.book = Book(options.log)
        self._options = options
        self._listener = listener
        self._loop = loop
        self._pacing: Pacing = (ExactPacing if options.exact else BatchPacing)(
            options, loop, self.book
        )
        self._faults = FaultPlan(options)
        self._connections: set[Connection] = set()
        self._requests = 0
        self._pages = 0
        """Times that /metrics was read."""
        self._told = Answers()
        self._created = int(time.time())
        self._routes: dict[str, dict[str, Handler]] = {
            "/v1/chat/completions": {"POST": self._complete},
            "/v1/completions": {"POST": self._complete},
            "/v1/models": {"GET": self._models},
            "/v1beta/models": {"GET": self._models},
            "/api/tags": {"GET": self._models},
            "/info": {"GET": self._info},
            "/v1/embeddings": {"POST": self._read},
            "/v1/rerank": {"POST": self._read},
            "/tokenize": {"POST": self._tokenize},
            "/answers": {"POST": self._learn},
            "/health": {"GET": self._health},
            "/metrics": {"GET": self._metrics},
        }
        loop.watch(listener.fileno(), READ, self._accept)

    def close(self) -> None:
        """Stop listening, drop every connection, end the log."""
        self._loop.forget(self._listener.fileno())
        for connection in list(self._connections):
            connection.close()
        self.book.close()

    def _accept(self, events: int) -> None:
        for _ in range(_ACCEPTS_PER_PASS):
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError:
                # Out of descriptors or gone already: the next pass tries again.
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if SO_TIMESTAMPNS is not None:
                sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self._connections.add(
                Connection(sock, self._loop, self._handle, self._connections.discard)
            )

    def _handle(self, connection: Connection, request: Request) -> None:
        methods: dict[str, Handler] | None = None
        try:
            self._check_key(request)
            methods = self._routes.get(request.path)
            if methods is None and dialect_of(request.path, request.body) is not None:
                methods = {"POST": self._complete}
            if methods is None:
                raise Reject(404, f"there is nothing at {request.path}")
            if request.method not in methods:
                raise Reject(405, f"{request.path} takes {', '.join(methods)}")
            methods[request.method](connection, request)
        except Reject as reject:
            extra = ""
            if reject.status == 405:
                extra = f"allow: {', '.join(methods or ())}\r\n"
            self._answer(connection, request, reject.body(), reject.status, extra)
        except RecursionError:
            body = api.error_body(400, "The body is nested too deeply.")
            self._answer(connection, request, body, 400)

    def _check_key(self, request: Request) -> None:
        key = self._options.api_key
        if key is not None and request.path not in _OPEN:
            bearer = request.headers.get("authorization") == f"Bearer {key}"
            if not bearer and key not in [request.headers.get(name) for name in _KEY_HEADERS]:
                raise Reject(401, "the API key is missing or wrong")

    def _answer(
        self,
        connection: Connection,
        request: Request,
        body: bytes,
        status: int = 200,
        extra: str = "",
    ) -> None:
        response = plain_response(status, body, request.keep_alive, extra=extra)
        connection.respond(response, request.keep_alive)

    def _models(self, connection: Connection, request: Request) -> None:
        self._answer(connection, request, api.models_body(self._options, self._created))

    def _info(self, connection: Connection, request: Request) -> None:
        self._answer(connection, request, msgspec.json.encode({"model_id": self._options.model}))

    def _health(self, connection: Connection, request: Request) -> None:
        self._answer(connection, request, b"")

    def _tokenize(self, connection: Connection, request: Request) -> None:
        self._answer(connection, request, api.tokenize_body(request.body, self._options))

    def _learn(self, connection: Connection, request: Request) -> None:
        self._told.learn(api.read_answers(request.body))
        self._answer(connection, request, b"")

    def _metrics(self, connection: Connection, request: Request) -> None:
        if self._options.metrics_page == "hang":
            return
        streaming = sum(c.generation.tokens for c in self._connections if c.generation is not None)
        text = self.book.exposition(self._options.model, self._pacing.gauges(), streaming)
        told = lies.page(self._options.metrics_page, text, self._pages)
        self._pages += 1
        if told is None:
            raise Reject(404, f"there is nothing at {request.path}")
        response = plain_response(200, told.encode(), request.keep_alive, _PROMETHEUS)
        connection.respond(response, request.keep_alive)

    def _complete(self, connection: Connection, request: Request) -> None:
        options, fault = self._asked_options(request)
        call = self._call(request, options)
        fault = self._count(request, call, fault)
        script = make_script(call, fault, request.http11, request.keep_alive)
        self._start(connection, request, call, script)

    def _read(self, connection: Connection, request: Request) -> None:
        """Answer with vectors or scores: the prompt is read, and nothing is generated."""
        options, fault = self._asked_options(request)
        ranks = request.path.endswith("rerank")
        call = parse_reading(request.body, ranks, self._requests, options)
        self._count(request, call, fault)
        answer = scores(call) if ranks else vectors(call)
        self._start(connection, request, call, read_script(call, answer, request.keep_alive))

    def _asked_options(self, request: Request) -> tuple[Options, Fault | None]:
        """The settings, with what the request overrides for its tests."""
        header = request.headers.get(faults.HEADER)
        if header is None:
            return self._options, None
        fault, options = faults.parse_header(header, self._options)
        return options, fault

    def _call(self, request: Request, options: Options) -> api.Call:
        told = self._told.to(request.body)
        number, dialect = self._requests, dialect_of(request.path, request.body)
        if dialect is None:
            chat = request.path == "/v1/chat/completions"
            return api.parse_call(request.body, chat, number, options, told)
        fields = dialect.asks(api.parse_fields(request.body), request.path, request.headers)
        body = api.same_body(fields, options)
        return replace(api.make_call(body, dialect.chat, number, options, told), dialect=dialect)

    def _count(self, request: Request, call: api.Call, fault: Fault | None) -> Fault | None:
        """Count a request that is valid; what goes wrong with it.

        Raises:
            Reject: it is to be answered with an error.
        """
        self._requests += 1
        if request.headers.get(faults.HEADER) is None:
            fault = self._faults.deal()
        if fault is not None and fault.kind == "error":
            status = int(fault.value or call.options.error_status)
            instants = (request.received, 0, 0)
            self.book.truth(call.number, instants, 0, str(status))
            self.book.finish("error", instants, 0)
            raise Reject(status, "injected failure")
        return fault

    def _start(
        self, connection: Connection, request: Request, call: api.Call, script: Script
    ) -> None:
        generation = Generation(call, script, connection, request.received, self.book)
        connection.generation = generation
        if call.options.slow_headers_s:
            start = request.received + int(call.options.slow_headers_s * 1e9)
            self._loop.at(start, self._begin, generation)
        else:
            self._begin(request.received, generation)

    def _begin(self, start_ns: int, generation: Generation) -> None:
        if generation.ended:
            return
        generation.open()
        if generation.script.steps:
            self._pacing.start(generation, start_ns)
        else:
            generation.finish(self._loop)
