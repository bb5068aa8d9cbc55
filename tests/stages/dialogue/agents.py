"""Small agents to test with."""

from stages.dialogue.load import read_agent
from stages.dialogue.spec import AgentSpec

GUIDE = """
[
  {
    "id": "1_greeting",
    "description": "Greet the caller and explain the verification process.",
    "instructions": ["Greet the caller warmly.", "Inform them about the need to collect personal information."],
    "examples": ["Good morning, this is the front desk. I will assist you in verifying your details."],
    "transitions": [{"next_step": "2_get_first_name", "condition": "After greeting is complete."}]
  },
  {
    "id": "2_get_first_name",
    "description": "Ask for and confirm the caller's first name.",
    "instructions": [
      "Request: 'Could you please provide your first name?'",
      "Spell it out letter-by-letter back to the caller to confirm."
    ],
    "examples": ["May I have your first name, please?", "You spelled that as J-A-N-E, is that correct?"],
    "transitions": [{"next_step": "3_next_steps", "condition": "Once first name is confirmed."}]
  },
  {
    "id": "3_next_steps",
    "description": "Attempt to verify the caller's information and proceed with next steps.",
    "instructions": ["Call the 'authenticateUser' function with the provided details."],
    "examples": ["Thank you for providing your details. I will now verify your information."],
    "transitions": [{"next_step": "transferAgents", "condition": "Once verification is complete, transfer."}]
  }
]
"""
"""States in the shape of the voice agent guide, its last transition leading out of the agent."""

BOOKING = """
name: booking
objective: Book a visit.
greeting: Hello, this is Test Services.
disclosure: I'm an AI assistant.
question: What is wrong?
reprompt: ["Are you there?", "Still there?"]
apology: Sorry, that was my fault.
goodbye: Thanks for calling. Goodbye.
fallback: Could you say that again?
fillers: [One moment., Let me see.]
fields:
  - {name: issue, description: what is broken}
  - {name: phone, description: a number to call back, type: phone}
facts: {hours: Nine to five.}
tools: [lookup, schedule, end_call]
states:
  - id: ask
    description: Find out what is wrong.
    expects: issue
    tools: [lookup]
    transitions: [{next_step: book, condition: Once it is known.}, {next_step: close, condition: If nothing is wrong.}]
  - id: book
    description: Book the visit.
    expects: phone
    tools: [lookup, schedule]
    transitions: [{next_step: close, condition: Once it is booked.}]
  - id: close
    description: Say goodbye.
    expects: yes_no
    tools: [end_call]
"""


def guide() -> AgentSpec:
    return read_agent(GUIDE, "guide", "guide")


def booking() -> AgentSpec:
    return read_agent(BOOKING, "booking")
