"""What stands between a client and a service: a proxy that makes tunnels, an end of TLS.

Bytes are passed on as they come.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl

from acceptor import Acceptor


class Relay(Acceptor):
    """Passes every connection on to one service of this machine, whatever it is called."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        """``tls``: what is spoken to the client, and ends here."""
        super().__init__()
        self._to = port
        self._tls = tls

    def _serve(self, connection: socket.socket) -> None:
        client = connection if self._tls is None else secured(connection, self._tls)
        with self._kept(client):
            if (first := self._greet(client)) is None:
                return
            with socket.create_connection(("127.0.0.1", self._to)) as server, self._kept(server):
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                server.sendall(first)
                _relay(client, server)

    def _greet(self, client: socket.socket) -> bytes | None:
        """What is passed on before all else; ``None``: the client is served no further."""
        return b""


class TunnelProxy(Relay):
    """A proxy: CONNECT makes a tunnel, a request with a whole URL is passed on as it came."""

    def __init__(self, port: int, password: str | None = None) -> None:
        """``password``: the value of ``Proxy-Authorization`` that it wants."""
        super().__init__(port)
        self._password = password
        self.heads: list[str] = []
        """Of what was asked of it first on each connection."""

    def _greet(self, client: socket.socket) -> bytes | None:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (more := client.recv(65536)):
                return None
            data += more
        head = data.partition(b"\r\n\r\n")[0].decode()
        self.heads.append(head)
        if self._password and f"Proxy-Authorization: {self._password}" not in head:
            body = b"who are you?"
            client.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Type: text/plain\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
            )
            return None
        if not head.startswith("CONNECT "):
            return data
        client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 a proxy\r\n\r\n")
        return b""


def secured(client: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket:
    """The end of TLS. A client that it refuses hears why before the connection is closed."""
    secured = tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
    try:
        secured.do_handshake()
    except OSError:
        with secured, contextlib.suppress(OSError):
            secured.shutdown(socket.SHUT_WR)
            while secured.recv(65536):
                pass
        raise
    return secured


def _relay(client: socket.socket, server: socket.socket) -> None:
    """Pass on what comes from either, until one of them has ended. One thread for both: TLS cannot
    be read and written at a time."""
    while True:
        held = isinstance(client, ssl.SSLSocket) and client.pending()
        ready = [client] if held else select.select([client, server], [], [])[0]
        for source in ready:
            if not (data := source.recv(65536)):
                return
            (server if source is client else client).sendall(data)
