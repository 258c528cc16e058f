"""The chat of a room as a file: JSON lines, a table, or a page to read and print."""
