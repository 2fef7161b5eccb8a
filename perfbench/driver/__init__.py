"""Who sends what when: a pure schedule, worker processes that keep it, and the audit of how well
they did. The only package that opens a client."""
