"""Single requests of a run: a table that filters and sorts a million of them, and each one whole.

For pages and the API of the service: knows no HTTP and no HTML.
"""

from perfbench.reports.requests.columns import COLUMNS, Column
from perfbench.reports.requests.detail import Detail, detail
from perfbench.reports.requests.query import MAX_ROWS, Query, read_query
from perfbench.reports.requests.table import Beside, Page, RequestTable

__all__ = [
    "COLUMNS",
    "MAX_ROWS",
    "Beside",
    "Column",
    "Detail",
    "Page",
    "Query",
    "RequestTable",
    "detail",
    "read_query",
]
