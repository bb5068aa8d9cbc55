"""One file per front door."""
