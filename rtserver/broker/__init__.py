"""The fast lane between the processes of one deployment."""
