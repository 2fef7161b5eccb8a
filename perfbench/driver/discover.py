"""Asks a service, once and before any measuring, which models it serves."""

from __future__ import annotations

import http.client
import socket

from perfbench.client.target import Target, connect_failure
from perfbench.endpoints.models import parse_models
from perfbench.errors import TargetError


def first_model(target: Target, path: str) -> str:
    """The first model that ``path`` (``/v1/models``) lists.

    Raises:
        TargetError: the service cannot be reached, refuses, or lists nothing. One line.
    """
    where = target.unix_socket or target.authority
    shown = where + path.partition("?")[0]
    try:
        status, body = _get(target, path)
    except (OSError, http.client.HTTPException) as error:
        raise TargetError(f"cannot reach {where}: {connect_failure(error)}") from None
    if status in (401, 403):
        raise TargetError(f"{shown} answered {status}: the service wants a valid --api-key")
    if status != 200:
        raise TargetError(
            f"{shown} answered {status}, so no model is known: give --model, or check --url"
        )
    try:
        models = parse_models(body)
    except ValueError:
        models = []
    if not models:
        raise TargetError(f"{shown} lists no model: give --model, or check --url")
    return models[0]


def _get(target: Target, path: str) -> tuple[int, bytes]:
    connection = _connection(target)
    try:
        connection.request("GET", path, headers=dict(target.headers))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _connection(target: Target) -> http.client.HTTPConnection:
    timeout = target.connect_timeout_s
    context = target.tls_context()
    if target.unix_socket is not None:
        connection = http.client.HTTPConnection(target.host, target.port, timeout=timeout)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(timeout)
        connection.sock.connect(target.unix_socket)
        return connection
    if context is not None:
        return http.client.HTTPSConnection(
            target.host, target.port, timeout=timeout, context=context
        )
    return http.client.HTTPConnection(target.host, target.port, timeout=timeout)
