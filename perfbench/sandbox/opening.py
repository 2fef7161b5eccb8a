"""The box that settings ask for, wherever it is."""

from __future__ import annotations

from perfbench.config.sandbox import CONTAINERS, SandboxSettings
from perfbench.sandbox.containers import Containers
from perfbench.sandbox.enclave import Enclave
from perfbench.sandbox.fusion import Fusion
from perfbench.sandbox.jobs import Box
from perfbench.sandbox.local import open_box
from perfbench.targets import ANYBODY, Policy


def open_sandbox(settings: SandboxSettings, policy: Policy = ANYBODY) -> Box:
    """Open it, and see that it is there.

    Args:
        policy: whom the run may ask.

    Raises:
        ConfigError: it cannot be had; one line says why and what helps.
    """
    kind, url = settings.sandbox, settings.sandbox_url or ""
    key = settings.sandbox_key.get_secret_value() if settings.sandbox_key else None
    if kind in CONTAINERS:
        return Containers(kind, settings.sandbox_image)
    if kind == "remote":
        return Enclave(url, key, settings.sandbox_image, policy)
    if kind == "sandboxfusion":
        return Fusion(url, key, policy)
    return open_box(kind, settings.programs_at_a_time)
