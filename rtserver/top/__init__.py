"""`rtserver top`: a live view of one or several nodes in a terminal, made of their metrics."""
