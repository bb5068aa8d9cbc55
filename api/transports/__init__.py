"""The lines a call can come in on."""
