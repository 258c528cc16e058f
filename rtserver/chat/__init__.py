"""What the server does for a chat besides its log: finding messages, how far each has read, and their languages."""
