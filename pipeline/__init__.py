"""The call itself: vocabulary, floor, turn, playout, bus and budget. Standard library only, no I/O."""
