"""On what terms a call is held: what it may take, how it is quick, and what it shares with every other call."""

from dataclasses import dataclass, field

from pipeline.bill import Price, reference_price
from pipeline.forecast import Paces
from pipeline.limits import DEFAULTS, Limits
from pipeline.strategy import QUICKEST, Strategy
from pipeline.thrift import A_PROCESS, Purse, Thrift


@dataclass(frozen=True, slots=True)
class Terms:
    limits: Limits = DEFAULTS
    strategy: Strategy = QUICKEST
    paces: Paces = field(default_factory=Paces)
    """Shared by all calls of the process: how long the stages took lately."""
    price: Price = reference_price
    """What the turns of this call cost; the models of its agent decide."""
    purse: Purse = field(default_factory=lambda: Purse(Thrift.begin(QUICKEST.speculate, A_PROCESS)))
    """Shared by all calls of the process: how much may be speculated."""
