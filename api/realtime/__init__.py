"""A Realtime call: what holds its story, its clients, its ear and its brain together."""
