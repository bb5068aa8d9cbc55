"""Readers of the bus: journal, metrics, console and log."""
