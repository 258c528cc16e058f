"""Several serving processes on one machine, and the one that keeps them."""
