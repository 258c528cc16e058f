"""The HTTP API for portals' backends, `/api/v1`: what it answers, and its OpenAPI document."""
