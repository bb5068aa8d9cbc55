"""Thinking and talking: transcribe, respond, speak, and the providers behind them."""
