import pytest

from pipeline.errors import SpecInvalid
from stages.dialogue.load import read_agent
from stages.tools_http import Egress
from stages.tools_own import own_tools
from tests.stages.dialogue.agents import booking
from tests.stages.test_tools_function import AGENT

CRM = "{name: crm, description: Saves it., access: write, http: {url: 'https://crm.example/', secret: CRM}}"
OWN = AGENT.replace("]\nstates", f", {CRM}]\nstates")


def test_functions_and_endpoints_are_found_by_name() -> None:
    assert set(own_tools(Egress(secrets={"CRM": "c2VjcmV0"}))(read_agent(OWN, "own"))) == {"free_slots", "crm"}
    assert own_tools()(booking()) == {}


def test_what_cannot_be_made_is_told() -> None:
    with pytest.raises(SpecInvalid):
        own_tools()(read_agent(OWN, "own"))
