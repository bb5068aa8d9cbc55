"""The agents that come with Parley, and the code behind their tools."""
