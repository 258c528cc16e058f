"""Groups of pupils, each in a group room of its own for a part of a lesson."""
