"""Who sends what when: a pure schedule, the service it is sent to, and worker processes that keep
it. The only package that opens a client."""
