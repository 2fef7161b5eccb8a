"""Settings of embedding and reranking workloads. Lengths are tokens."""

from __future__ import annotations

from pydantic import field_validator

from perfbench.config.base import Settings
from perfbench.config.facts import setting
from perfbench.config.laws import LengthLaw
from perfbench.config.lengths import Law


class RetrievalSettings(Settings):
    """How many texts and documents a request holds."""

    batch_size: int = setting(
        8, "Texts of a request of the embedding workloads with _batch.", "Workload", ge=1
    )
    documents: int = setting(10, "Documents of a request of random_rerank.", "Workload", ge=1)
    document_lengths: Law = setting(
        None,
        "Law of the lengths of its documents, as --input-lengths; default is 5 times the query's.",
        "Workload",
        "tokens",
        metavar="LAW",
    )

    @field_validator("document_lengths")
    @classmethod
    def _law_of_documents(cls, text: str | None) -> str | None:
        if text is not None:
            LengthLaw.of(text)
        return text
