"""What settings of servers share: whether others can connect, and tokens that are hard to guess."""

from __future__ import annotations

import ipaddress

from pydantic import SecretStr


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to whoever listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def long_enough(token: SecretStr | None, shortest: int) -> SecretStr | None:
    """The token.

    Raises:
        ValueError: it has fewer than ``shortest`` characters.
    """
    if token is not None and len(token.get_secret_value()) < shortest:
        raise ValueError(f"must have at least {shortest} characters")
    return token
