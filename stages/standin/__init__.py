"""A loopback server that speaks OpenAI's wire protocol with local engines, scripted latency and scripted faults."""
