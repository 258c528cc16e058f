"""Calls under load: recorded media through a server to many subscribers, and what each packet costs it."""
