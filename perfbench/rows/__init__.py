"""Data files as rows that know where they stand: the only place where a data file is opened.

``tables`` decodes the formats, ``files`` finds and reads files (one, a folder, an archive), ``hub``
fetches them, ``shipped`` knows those that come with perfbench. Knows neither workloads nor tasks:
what a row means is theirs, and so are the names of files to look for.
"""

from perfbench.rows.files import (
    DataFile,
    Folder,
    LocalFiles,
    OneFile,
    archived,
    read_object,
    read_text,
)
from perfbench.rows.tables import Place, Placed, Row

__all__ = [
    "DataFile",
    "Folder",
    "LocalFiles",
    "OneFile",
    "Place",
    "Placed",
    "Row",
    "archived",
    "read_object",
    "read_text",
]
