"""What a lesson is led with, on this process: its commands, the votes on disk, and who is told what."""
