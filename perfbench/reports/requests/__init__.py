"""Single requests of a run: a table that filters and sorts a million of them, and each one whole.

For pages and the API of the service: knows no HTTP and no HTML.
"""

from perfbench.reports.requests.columns import COLUMNS, Column
from perfbench.reports.requests.detail import RequestDetail, detail
from perfbench.reports.requests.query import MAX_ROWS, Query, QueryError, read_query
from perfbench.reports.requests.table import Beside, RequestPage, RequestTable

__all__ = [
    "COLUMNS",
    "MAX_ROWS",
    "Beside",
    "Column",
    "Query",
    "QueryError",
    "RequestDetail",
    "RequestPage",
    "RequestTable",
    "detail",
    "read_query",
]
