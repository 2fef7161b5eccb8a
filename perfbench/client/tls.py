"""TLS over a socket that somebody else reads and writes: ciphertext in, plain bytes out.

A memory BIO instead of ``SSLSocket``, because the kernel's receive stamp comes with the
ciphertext and only ``recvmsg`` returns it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl


def tls_failure(error: ssl.SSLError) -> str:
    """Why TLS ended, in a few words."""
    reason = error.reason or str(error)
    if "CERTIFICATE_REQUIRED" in reason:
        return "TLS failed: the service wants a certificate: give --client-cert"
    return f"TLS failed: {reason}"


class TLSSession:
    """One TLS connection's state."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._ssl = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self.over = False
        """Nothing more can come: the peer has said so, or what came cannot be decrypted."""
        self.failure: str | None = None
        """Why it cannot."""

    async def handshake(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        """Shake hands over a connected, non-blocking socket.

        Raises:
            ssl.SSLError: the certificate or the protocol was not accepted.
            ConnectionError: the peer closed in the middle.
        """
        while True:
            try:
                self._ssl.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush(loop, sock)
                data = await loop.sock_recv(sock, 65536)
                if not data:
                    raise ConnectionResetError(104, "closed during the TLS handshake") from None
                self._incoming.write(data)
            else:
                await self._flush(loop, sock)
                return

    async def _flush(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
        if self._outgoing.pending:
            await loop.sock_sendall(sock, self._outgoing.read())

    def encrypt(self, data: bytes) -> bytes:
        """The ciphertext to send for ``data``, with anything else TLS wants sent; nothing if the
        session is ``over``, which may be learned from what came with the end of the handshake."""
        try:
            self._ssl.write(data)
        except ssl.SSLError:
            self.decrypt(b"")
            self.over = True
            return b""
        return self._outgoing.read()

    def decrypt(self, data: bytes) -> bytes:
        """The plain bytes that ``data`` completes, up to the end of the session if it is there."""
        self._incoming.write(data)
        plain: list[bytes] = []
        while not self.over:
            try:
                piece = self._ssl.read(262144)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                piece = b""
            except ssl.SSLError as error:
                self.failure = tls_failure(error)
                piece = b""
            self.over = not piece
            plain.append(piece)
        return b"".join(plain)
