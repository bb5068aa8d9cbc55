"""Pure codecs between events and other people's protocols."""
