"""Data set repositories on the Hugging Face and ModelScope hubs, as files by name.

A listing is asked for each time and kept; where the hub cannot be reached, the listing and the
files of an earlier run are used. A repository's files are fetched one by one, when they are read.
Knows nothing of rows. Environment: ``HF_ENDPOINT``, ``HF_TOKEN``, ``MODELSCOPE_ENDPOINT``,
``MODELSCOPE_API_TOKEN``, ``XDG_CACHE_HOME``.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol

from perfbench import registry
from perfbench.config.secrets import shown_url
from perfbench.errors import ConfigError, WorkloadError

_TIMEOUT_S = 10
_PAGE = 100
"""Entries of one page of a ModelScope listing."""
_CHUNK = 1 << 20


class Repository(Protocol):
    """The files of one repository; see ``files.Files``."""

    where: str
    """Address, for people: ``https://huggingface.co/datasets/openai/gsm8k``."""

    def names(self) -> Sequence[str]: ...

    def read(self, name: str) -> tuple[str, bytes]: ...


class Connector(Protocol):
    def __call__(self, repository: str, revision: str | None = None) -> Repository: ...


class HuggingFace:
    """A data set repository of the Hugging Face hub. Files go to the library's own cache.

    Args:
        repository: ``openai/gsm8k``.
        revision: branch, tag or commit; ``main`` otherwise.
        cache: folder for files in place of the library's.
    """

    def __init__(
        self, repository: str, revision: str | None = None, cache: Path | None = None
    ) -> None:
        self._endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        self._repository = repository
        self._revision = revision or "main"
        self._cache = cache
        self._listing: Mapping[str, Any] | None = None
        self.where = f"{shown_url(self._endpoint)}/datasets/{repository}"

    def names(self) -> Sequence[str]:
        return sorted(entry["rfilename"] for entry in self._listed()["siblings"])

    def read(self, name: str) -> tuple[str, bytes]:
        library = _library()
        transport = getattr(importlib.import_module("huggingface_hub.errors"), "HTTPError", OSError)
        # The listing's commit: all files are of one state, and a cached one is final.
        file = (self._repository, name)
        state = {"repo_type": "dataset", "revision": self._listed()["sha"]}
        cache = {"cache_dir": self._cache}
        try:
            path = library.try_to_load_from_cache(*file, **state, **cache)
            if not isinstance(path, str):
                self._expect(name)
                path = library.hf_hub_download(*file, **state, **cache, endpoint=self._endpoint)
            return f"{self.where}/{name}", Path(path).read_bytes()
        except (OSError, transport) as error:
            raise WorkloadError(f"{self.where}: cannot fetch {name}: {_line(error)}") from None

    def _expect(self, name: str) -> None:
        """Wait until the hub speaks of a file; the library would for minutes.

        Raises:
            OSError: it does not.
        """
        _refuse_offline()
        path = f"{self._repository}/resolve/{self._listed()['sha']}/{urllib.parse.quote(name)}"
        url = f"{self._endpoint}/datasets/{path}"
        try:
            with _opened(url, self._headers(), "HEAD"):
                pass
        except urllib.error.HTTPError as error:
            error.close()  # What it says of the file, the library says better.

    def _headers(self) -> dict[str, str]:
        token = _library().get_token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _listed(self) -> Mapping[str, Any]:
        if self._listing is None:
            headers = self._headers()
            revision = urllib.parse.quote(self._revision, safe="")
            url = f"{self._endpoint}/api/datasets/{self._repository}/revision/{revision}"

            def ask() -> dict[str, Any]:
                _refuse_offline()
                return _json(url, headers)

            self._listing = _listing(f"{self.where}/{self._revision}", ask)
        return self._listing


class ModelScope:
    """A data set repository of the ModelScope hub, over its HTTP interface.

    Args:
        repository: ``AI-ModelScope/gsm8k``.
        revision: branch or tag; ``master`` otherwise.
        cache: folder for files; ``perfbench`` in the user's cache otherwise.
    """

    def __init__(
        self, repository: str, revision: str | None = None, cache: Path | None = None
    ) -> None:
        endpoint = os.environ.get("MODELSCOPE_ENDPOINT", "https://www.modelscope.cn").rstrip("/")
        self._api = f"{endpoint}/api/v1/datasets/{repository}/repo"
        self._revision = revision or "master"
        self._listing: Mapping[str, Any] | None = None
        self.where = f"{shown_url(endpoint)}/datasets/{repository}"
        self._cache = (cache or _cache()) / _slug(self.where) / _slug(self._revision)

    def names(self) -> Sequence[str]:
        return sorted(entry["Path"] for entry in self._files())

    def read(self, name: str) -> tuple[str, bytes]:
        entry = next(entry for entry in self._files() if entry["Path"] == name)
        digest, size = str(entry.get("Sha256") or "").lower(), entry.get("Size")
        state = digest or ("" if size is None else f"{size}-bytes")
        kept = self._cache / (state or "unknown") / name
        if not (state and kept.exists()):
            self._fetch(name, kept, digest, size)
        return f"{self.where}/{name}", kept.read_bytes()

    def _files(self) -> list[Mapping[str, Any]]:
        if self._listing is None:
            self._listing = _listing(f"{self.where}/{self._revision}", self._ask)
        return [entry for entry in self._listing["files"] if entry.get("Type") != "tree"]

    def _ask(self) -> dict[str, Any]:
        files: list[Any] = []
        while True:
            query = {
                "Revision": self._revision,
                "Recursive": "true",
                "PageNumber": len(files) // _PAGE + 1,
                "PageSize": _PAGE,
            }
            url = f"{self._api}/tree?{urllib.parse.urlencode(query)}"
            answer = _json(url, _modelscope_headers())
            # Refusals may come with HTTP 200 and a code of ModelScope's own.
            if answer.get("Code") != 200:
                raise WorkloadError(f"{self.where}: {answer.get('Message') or answer}")
            page = (answer.get("Data") or {}).get("Files") or []
            files += page
            if len(page) < _PAGE:
                return {"files": files}

    def _fetch(self, name: str, kept: Path, digest: str, size: int | None) -> None:
        """Fetch a file, going on where an earlier attempt broke off."""
        part = kept.with_name(f"{kept.name}.part")
        query = {"Revision": self._revision, "FilePath": name}
        url, headers = f"{self._api}?{urllib.parse.urlencode(query)}", _modelscope_headers()
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            got = part.stat().st_size if part.exists() and digest else 0
            with _opened(url, headers, start=got) as response:
                # 206 is the rest of the file; anything else is the whole of it.
                file = part.open("ab" if response.status == 206 else "wb")
                with file:
                    while chunk := response.read(_CHUNK):
                        file.write(chunk)
        except (OSError, HTTPException) as error:
            raise WorkloadError(f"{self.where}: cannot fetch {name}: {_line(error)}") from None
        found = part.read_bytes()
        wrong_size = size is not None and len(found) != size
        if wrong_size or (digest and hashlib.sha256(found).hexdigest() != digest):
            part.unlink()
            raise WorkloadError(f"{self.where}: {name} came incomplete or altered; try again")
        part.replace(kept)


HUBS: Mapping[str, Connector] = {"huggingface": HuggingFace, "modelscope": ModelScope}
"""By the name ``--dataset-hub`` takes."""


def _listing(where: str, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """A listing from the hub, or the one kept by an earlier run where the hub is out of reach.

    Raises:
        WorkloadError: the hub refuses, or is out of reach and nothing was kept.
    """
    kept = _cache() / _slug(where) / "listing.json"
    try:
        found = ask()
    except urllib.error.HTTPError as error:
        with error:  # It holds the connection.
            raise WorkloadError(f"{where}: {_refusal(error)}") from None
    except (OSError, HTTPException) as error:
        if kept.exists():
            return dict(json.loads(kept.read_text(encoding="utf-8")))
        raise WorkloadError(f"{where} cannot be reached: {_line(error)}") from None
    kept.parent.mkdir(parents=True, exist_ok=True)
    partial = kept.with_name(f"listing.{os.getpid()}.part")
    partial.write_text(json.dumps(found), encoding="utf-8")
    partial.replace(kept)
    return found


def _library() -> Any:
    """The Hugging Face hub's own.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return importlib.import_module("huggingface_hub")
    except ModuleNotFoundError:
        hint = registry.installation("huggingface_hub")
        raise ConfigError(
            f"the Hugging Face hub is asked with the package huggingface_hub{hint}"
        ) from None


def _refuse_offline() -> None:
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise OSError("HF_HUB_OFFLINE is set")


def _opened(url: str, headers: Mapping[str, str], method: str = "GET", start: int = 0) -> Any:
    """The hub's response, from byte ``start`` on where the file's host can do that."""
    request = urllib.request.Request(url, method=method)
    for name, value in headers.items():
        # Unredirected: files lie on other hosts, which must not see the token.
        request.add_unredirected_header(name, value)
    if start:
        request.add_header("Range", f"bytes={start}-")
    return urllib.request.urlopen(request, timeout=_TIMEOUT_S)


def _json(url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    with _opened(url, headers) as response:
        try:
            return dict(json.load(response))
        except ValueError as error:
            raise OSError(f"the hub's answer is not JSON ({error})") from None


def _refusal(error: urllib.error.HTTPError) -> str:
    if error.code in (401, 403):
        return (
            f"HTTP {error.code}: there is no such data set, or it is private or gated; set "
            "HF_TOKEN (MODELSCOPE_API_TOKEN on ModelScope) to a token that may read it"
        )
    if error.code == 404:
        return "HTTP 404: there is no such data set or revision"
    return f"HTTP {error.code} {error.reason}"


def _modelscope_headers() -> dict[str, str]:
    """ModelScope's own client sends the token as this cookie."""
    token = os.environ.get("MODELSCOPE_API_TOKEN")
    return {"Cookie": f"m_session_id={token}"} if token else {}


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "perfbench" / "hub"


def _slug(text: str) -> str:
    return urllib.parse.quote(text.partition("://")[2] or text, safe="").replace("%2F", "--")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
