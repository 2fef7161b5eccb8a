"""The ``triton`` endpoint: Triton's generate extension, ``/v2/models/MODEL/generate_stream``.

Fields of the body are inputs of the model, and those that it has no input for are its parameters,
so that one body serves TensorRT-LLM's ensemble and the vLLM backend. An event is the output of one
step. Nothing says that an answer is over but the end of the response. Why it ended and how many
tokens it has says only the vLLM backend, where it is asked to (``return_finish_reason``,
``return_num_input_tokens``, ``return_num_output_tokens`` in ``--extra-args``). An event of a stream
counts its own tokens; those of a last one without text are in no sum of them, so that a stream's
are not summed.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from perfbench.endpoints.body import PlacedWriter, kind_of, refused
from perfbench.endpoints.fields import error_text, load, text, tokens
from perfbench.endpoints.messages import cannot_carry
from perfbench.types import Delta, Generation, PromptForm, Sample, Usage

_PLACES = {
    **{name: name for name in ("max_tokens", "temperature", "top_p", "top_k", "frequency_penalty")},
    "repetition_penalty": "repetition_penalty",
    "min_tokens": "min_tokens",
    "stop": "stop_words",
}

_UNSAID = (None, "", "None")


class Triton:
    """Text is sent as ``text_input``, a dict as the whole body."""

    name = "triton"
    takes: frozenset[PromptForm] = frozenset({"text"})
    ignores = refused(_PLACES)
    says_end = False

    def __init__(self, generation: Generation) -> None:
        # Without it the vLLM backend gives the prompt back where it does not stream.
        own = {"stream": generation.stream, "exclude_input_in_output": True}
        self._writer = PlacedWriter(generation, _PLACES, own)
        self._model = quote(generation.model, safe="")
        self._streams = generation.stream

    def path(self) -> str:
        """Request target below the base URL."""
        return f"/v2/models/{self._model}/generate{'_stream' if self._streams else ''}"

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds something else than text or a body of this API.
        """
        content = sample.input
        if isinstance(content, str):
            return self._writer.asking(sample, {"text_input": content})
        if kind_of(sample) == "body" and isinstance(content, dict) and "text_input" in content:
            return self._writer.whole(sample, content)
        raise cannot_carry(sample, self.name, "it wants text (load tests: --apply-chat-template)")

    def parse(self, data: bytes) -> Delta:
        """Read one event's data, or a whole answer.

        Raises:
            ValueError: it is not JSON, or not an object.
        """
        answer = load(data)
        said = _texts(answer.get("text_output"))
        reason, written = text(answer.get("finish_reason")), tokens(answer.get("num_output_tokens"))
        asked = tokens(answer.get("num_input_tokens"))
        in_all = None if self._streams else written
        return Delta(
            text=said[0] if said else "",
            more=[Delta(each, choice=place) for place, each in enumerate(said[1:], 1)] or None,
            finish=None if reason in _UNSAID else reason,
            tokens=written or None,
            usage=None if asked is None and in_all is None else Usage(asked, in_all),
            response_id=text(answer.get("id")),
            error=None if "text_output" in answer else error_text(answer),
        )


def _texts(output: Any) -> list[str]:
    """The output's text; a list where the model was asked for several."""
    return [text(each) or "" for each in (output if isinstance(output, list) else [output])]
