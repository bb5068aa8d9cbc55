"""What a caller's turn is besides an answer: a refusal, a demand, danger, the wish for a person, an order to obey."""

import re

_REFUSAL = re.compile(
    r"\b(?:(?:i'd |i would |i )?(?:rather|prefer) (?:not|you don't)|(?:i )?(?:don't|do not|won't|will not|can't)"
    r" (?:want to |have to |need to |like to |wish to )?(?:say|tell|give|share|answer|provide)"
    r"|none of your (?:business|concern)|no comment|skip (?:that|this|it)|that's private|not (?:telling|giving|saying)"
    r"|refuse to|leave (?:that|it) out|i (?:don't|do not) have (?:one|an? e-?mail)|no e-?mail|there is none)",
    re.IGNORECASE,
)
_BARGAIN = re.compile(
    r"\b(?:discount|percent off|cheaper|half price|lower (?:price|fee)|free of charge|for free|a deal|voucher|money off"
    r"|coupon|guarantee|promise me|waive)\b",
    re.IGNORECASE,
)
_DANGER = re.compile(
    r"\b(?:smell(?:s|ing)? (?:of )?gas|gas leak|carbon monoxide|on fire|there's a fire|sparks|electric shock"
    r"|can't breathe|cannot breathe|trouble breathing|chest pain|unconscious|bleeding|suicide|emergency"
    r"|burst pipe|flooding|flooded|water everywhere|arrested|in custody|threatening me|accident|injured)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:(?:speak|talk) (?:to|with) (?:someone|somebody)\b|"
    r"(?:(?:speak|talk) (?:to|with)|get me|want|need|put me through to|connect me (?:to|with)) "
    r"(?:an? |the |your )?(?:real |actual |live )?(?:human|person|manager|supervisor|operator|colleague)\b)",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:instructions?|(?:system|your) prompt|your rules|system message|developer (?:message|mode)|maintenance mode"
    r"|role ?play|pretend|tools?|function|json|conversation states?|previous|persona|override|base64|ignore|disregard"
    r"|jailbreak|terminal|repeat after me|say the sentence|read (?:this|me the text))\b|[<>{}\[\]|`]",
    re.IGNORECASE,
)


def refuses(text: str) -> bool:
    """Will the caller not give what was asked for?"""
    return bool(_REFUSAL.search(text.replace("\u2019", "'")))


def bargains(text: str) -> bool:
    """Do they want a price, a discount or a promise?"""
    return bool(_BARGAIN.search(text))


def is_danger(text: str) -> bool:
    return bool(_DANGER.search(text.replace("\u2019", "'")))


def wants_person(text: str) -> bool:
    return bool(_PERSON.search(text))


_WITHDRAWN = re.compile(
    r"\b(?:(?:don't|do not) (?:want|need) (?:\w+ ){1,3}(?:any ?more|after all)|forget (?:about )?(?:it|the whole thing)"
    r"|cancel (?:the whole thing|my (?:request|booking|appointment|enquiry))|leave it(?: then)?$)",
    re.IGNORECASE,
)


def withdraws(text: str) -> bool:
    """Do they want nothing of it any more?"""
    return bool(_WITHDRAWN.search(text.replace("\u2019", "'")))


def gives_orders(text: str) -> bool:
    """Does it talk to the machine instead of to the business?"""
    return bool(_ORDERS.search(text))


def is_question(text: str) -> bool:
    return text.rstrip().endswith("?") or _ASKS.match(text) is not None


_ASKS = re.compile(
    r"\s*(?:(?:um|uh|er|so|and|but|oh|okay|ok|hi|hello|hey|sorry|actually|just|first|before that"
    r"|before i (?:do|say|tell|give|answer)(?: (?:you|that|it|so))*"
    r"|(?:a |one )?(?:quick |more )?question|i (?:just )?(?:wanted|want|wanna|would like|need) to (?:know|ask)"
    r"|i was (?:just )?wondering|just wondering|can you tell me|could you tell me|do you know)\b[\s,.:]*)*"
    r"(?:what|when|where|who|how|why|do|does|can|could|are|is|will|would|if you)\b",
    re.IGNORECASE,
)
