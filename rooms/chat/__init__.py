"""The chat of a room: messages, what people think of them, and which are kept in sight."""
