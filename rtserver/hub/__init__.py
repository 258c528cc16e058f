"""The Socket.IO hub: who is connected, what they ask for, and how what happened reaches them."""
