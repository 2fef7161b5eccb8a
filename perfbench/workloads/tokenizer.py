"""Tokenizers: the only place that knows transformers. Lengths are tokens.

Owns loading (quietly, any folder or hub id), batched counting and chat templates. Knows nothing
of settings, samples or servers. transformers is imported when a tokenizer is loaded, which takes
about 1.5 s; importing this module costs nothing.
"""

from __future__ import annotations

import logging
import os
import urllib.error
import urllib.request
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Message

_HUB_S = 10.0
"""Longest wait for the hub to say anything."""


class Tokenizer:
    """A model's tokenizer, as loaded by :func:`load_tokenizer`.

    Encoding never adds special tokens (BOS, CLS); special tokens spelled out in a text are
    recognised, as servers do.
    """

    __slots__ = ("_backend", "_hf", "_skips_bos", "name", "special_tokens")

    def __init__(self, hf: Any, name: str) -> None:
        self.name = name
        self._hf = hf
        self._backend: Any = getattr(hf, "backend_tokenizer", None)
        if self._backend is not None:
            # tokenizer.json may ask for truncation, which would make long texts look short.
            self._backend.no_truncation()
            self._backend.no_padding()
        added: list[int] = hf("")["input_ids"]
        self.special_tokens = len(added)
        """Tokens a server adds around a plain text prompt (not around token ids or chats)."""
        self._skips_bos = bool(added) and added[0] == hf.bos_token_id

    @property
    def has_chat_template(self) -> bool:
        """Whether the tokenizer says how messages become text."""
        return bool(self._hf.chat_template)

    def encode(self, text: str) -> list[int]:
        """Token ids of a text."""
        return self.encode_batch([text])[0]

    def count(self, texts: Sequence[str]) -> list[int]:
        """Lengths of texts, encoded together on all cores (about 2.5 million tokens/s on two)."""
        if self._backend is None:
            return [len(ids) for ids in self.encode_batch(texts)]
        encodings = self._backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of texts, encoded together."""
        if self._backend is None:
            ids: list[list[int]] = [
                self._hf(text, add_special_tokens=False, verbose=False)["input_ids"]
                for text in texts
            ]
            return ids
        encodings = self._backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, special tokens included. Encoding it again may give other ids."""
        text: str = self._hf.decode(
            list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

    def vocabulary(self) -> Mapping[str, int]:
        """Every token as the tokenizer spells it, with its id."""
        vocabulary: dict[str, int] = self._hf.get_vocab()
        return vocabulary

    def apply_chat_template(self, messages: Sequence[Message]) -> str:
        """Messages as the text a model continues, for sending as a plain prompt.

        A leading BOS that a server adds to plain prompts by itself is left out, since models
        answer worse when there are two.

        Raises:
            ConfigError: the tokenizer has no chat template.
            WorkloadError: the template refuses these messages; the text is its own reason.
        """
        text = self.render(messages)
        return text.removeprefix(self._hf.bos_token) if self._skips_bos else text

    def render(self, messages: Sequence[Message]) -> str:
        """Messages as the text a chat server makes of them, every special token spelled out.

        Raises:
            ConfigError, WorkloadError: as :meth:`apply_chat_template`.
        """
        from jinja2 import TemplateError

        if not self.has_chat_template:
            raise ConfigError(f"the tokenizer {self.name} has no chat template")
        try:
            text: str = self._hf.apply_chat_template(
                list(messages), tokenize=False, add_generation_prompt=True
            )
        except (TemplateError, TypeError, ValueError, LookupError) as error:
            reason = " ".join(str(error).split())
            raise WorkloadError(f"the chat template refuses the messages: {reason}") from None
        return text


def load_tokenizer(path_or_id: str) -> Tokenizer:
    """Load a tokenizer from a folder, or from the Hugging Face hub (its local cache first).

    Raises:
        ConfigError: there is none, it cannot be read, or it needs code that is not installed.
    """
    path = Path(path_or_id).expanduser()
    local = path.is_dir()
    if path.is_file():
        raise ConfigError(f"tokenizer {path_or_id} is a file; name the folder it is in")
    if not local and (path.is_absolute() or path_or_id.startswith((".", "~"))):
        raise ConfigError(f"no folder {path_or_id} to load a tokenizer from")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        load = _quiet_loader()
        try:
            return Tokenizer(load(str(path) if local else path_or_id, local), path_or_id)
        # Malformed files raise nearly anything, bare Exception from Rust included.
        except Exception as error:
            reason = str(error).strip().partition("\n")[0].rstrip(": ") or type(error).__name__
            raise ConfigError(f"cannot load tokenizer {path_or_id}: {reason}") from error


def _quiet_loader() -> Any:
    """Import transformers without its advice on stderr; returns ``load(path_or_id, local)``."""
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    for name in ("transformers", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from transformers import AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    # Again, as it sets its own level when it is imported: its retries are no news.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)

    def load(path_or_id: str, local: bool) -> Any:
        # The cache first: asking the hub whether a tokenizer changed takes seconds, and offline
        # most of a minute.
        try:
            return AutoTokenizer.from_pretrained(path_or_id, local_files_only=True)
        except OSError:
            if local:
                raise
        _reach_hub()
        return AutoTokenizer.from_pretrained(path_or_id)

    return load


def _reach_hub() -> None:
    """Raises ``OSError`` if the hub does not answer; its own client tries that for most of a
    minute."""
    hub = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    try:
        urllib.request.urlopen(urllib.request.Request(hub, method="HEAD"), timeout=_HUB_S).close()
    except urllib.error.HTTPError:
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise OSError(
            f"it is in no cache here, and {hub} cannot be reached ({reason}); name a folder that "
            "holds it"
        ) from None
