"""What a package says of where the project lives, found when it is built.

The address is that of ``PERFBENCH_PROJECT_URL``, else git's ``origin``, else, in a source
distribution, the one it was made with: a mirror's package points at the mirror. README's links to
files of the project become absolute with it, as a package index shows README alone. Without an
address there are no URLs, and the links stay.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from hatchling.metadata.plugin.interface import MetadataHookInterface

_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+\.\w+):(?P<path>(?!/)[\w./-]+)")
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)(?P<file>[^)\s]+)(?=\))")
_KEPT = re.compile(r"^Project-URL: Source, (\S+)$", re.MULTILINE)


class ProjectAddress(MetadataHookInterface):
    """Fills ``project.urls`` and ``project.readme``."""

    def update(self, metadata: dict[str, object]) -> None:
        """Set both in ``metadata``, the ``[project]`` table."""
        root = Path(self.root)
        address = _address(root)
        text = (root / "README.md").read_text(encoding="utf-8")
        if address:
            text = _LINK.sub(rf"{address}/blob/HEAD/\g<file>", text)
            metadata["urls"] = {
                "Homepage": address,
                "Source": address,
                "Documentation": f"{address}/blob/HEAD/docs",
                "Changelog": f"{address}/blob/HEAD/CHANGELOG.md",
                "Issues": f"{address}/issues",
            }
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def _address(root: Path) -> str | None:
    given = os.environ.get("PERFBENCH_PROJECT_URL", "").strip() or _origin(root)
    if given:
        return web_address(given)
    kept = root / "PKG-INFO"
    found = _KEPT.search(kept.read_text(encoding="utf-8")) if kept.is_file() else None
    return found[1] if found else None


def _origin(root: Path) -> str:
    if not (root / ".git").exists():  # else git asks a folder around it, which is another project
        return ""
    command = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def web_address(remote: str) -> str | None:
    """The page of a repository that is cloned from ``remote``; ``None`` of a folder of a disk.

    What authorises a clone (user, password, port of ssh) is left out.
    """
    scp = _SCP.fullmatch(remote)
    parts = urlsplit(f"ssh://{scp['host']}/{scp['path']}" if scp else remote)
    if parts.scheme not in ("http", "https", "ssh", "git") or not parts.hostname:
        return None
    port = f":{parts.port}" if parts.port and parts.scheme in ("http", "https") else ""
    scheme = parts.scheme if parts.scheme in ("http", "https") else "https"
    return f"{scheme}://{parts.hostname}{port}{parts.path.rstrip('/').removesuffix('.git')}"
