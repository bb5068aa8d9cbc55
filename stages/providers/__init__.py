"""Adapters that reach speech and chat models over OpenAI's wire protocol."""
