"""The world: HTTP, WebRTC, database, metrics, console, settings and wiring."""
