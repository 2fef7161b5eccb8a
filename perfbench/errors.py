"""The errors perfbench raises, sorted by what the caller can do about them.

A failing server is never one of these: it is data (see ``types.Outcome``).
"""


class PerfbenchError(Exception):
    """Base of all errors a user can cause or mend; its text is one clear line."""


class ConfigError(PerfbenchError):
    """A setting, flag or settings file is wrong: change it and run again."""

    def __init__(self, text: str, setting: str | None = None) -> None:
        super().__init__(text)
        self.setting = setting
        """Name of the one that is wrong, where one alone is."""


class WorkloadError(PerfbenchError):
    """A data set cannot be read or holds a malformed row; the text names file and line."""


class TargetError(PerfbenchError):
    """The service cannot be reached, or cannot be asked which model it serves."""


class StoreError(PerfbenchError):
    """A run cannot be created, opened or written (missing, foreign, disk full)."""


class SinkError(PerfbenchError):
    """A sink (wandb, SwanLab, ...) could not be set up or written; the run itself goes on."""


class WorkerError(PerfbenchError):
    """A worker process could not be started or died."""
