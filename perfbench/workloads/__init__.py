"""What is asked: data sets and generators of prompts, and the tokenizer that measures them.

``load_workload(config, tokenizer)`` opens the workload that the settings name, and
``load_tokenizer(path_or_id)`` its tokenizer. The workloads themselves are in
``registry.WORKLOADS``. Opens no socket; reads data files only.
"""

from perfbench.workloads.loading import LoadedWorkload, load_workload
from perfbench.workloads.tokenizer import Tokenizer, load_tokenizer

__all__ = ["LoadedWorkload", "Tokenizer", "load_tokenizer", "load_workload"]
