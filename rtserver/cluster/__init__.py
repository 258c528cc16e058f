"""Several processes that serve the same projects: what they tell each other by way of the broker."""
