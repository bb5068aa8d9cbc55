"""What a sentence says was done: the claims of finished actions in the agent's words.

Rules over English, and pure. A claim is a finished action told as a fact: by whom ("I've booked it"), of what ("your
visit is booked"), or in short ("Booked!"). Not a claim: a plan, a question, a condition, a denial, what the caller is
said to have done, and a slot that is taken. Where it is in doubt, it is a claim: a neutral line costs a second, a
false promise costs the caller.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

KINDS = MappingProxyType(
    {
        "booked": r"re-?scheduled|scheduled|pre-?booked|re-?booked|booked|reserved|arranged|organi[sz]ed|confirmed|"
        r"secured|locked in|pencill?ed in|set up|put (?:you|it|that|this) (?:down|in)|slotted",
        "sent": r"re-?sent|sent|e-?mailed|texted|messaged|forwarded|mailed|faxed|submitted|passed (?:on|along|it on|"
        r"that on|this on|your \w+ on)|relayed",
        "cancelled": r"cancell?ed|called off|removed|deleted|voided|revoked",
        "changed": r"changed|updated|moved|modified|amended|switched|extended|upgraded|adjusted|swapped",
        "paid": r"refunded|credited|charged|paid|reimbursed|waived|billed|processed|issued|applied|deducted|discounted",
        "ordered": r"ordered|shipped|dispatched|despatched|placed|purchased|bought|sent out",
        "escalated": r"escalated|transferred|connected|put (?:you|the call|them) through|handed (?:you|this|it) over|"
        r"notified|alerted|informed|flagged|contacted|phoned|rung|spoken (?:to|with)|reached out|paged|"
        r"told (?:the|my|our|a|them|him|her)|let (?:the|my|our|them|him|her)|asked (?:the|my|our|a|them|him|her)|"
        r"called (?:the|my|our|a|an|them|him|her|for|911|999|112)",
        "created": r"created|opened (?:a|an|the|your)|filed|lodged|raised (?:a|an|the|your)|logged|registered|enrolled|"
        r"signed (?:you )?up|activated|deactivated|unlocked|reset|enabled|disabled|verified|approved|authori[sz]ed",
        "recorded": r"saved|added|entered|stored|attached",
        "checked": r"(?:double-?)?checked|looked (?:it|that|this|your \w+|the \w+) up|looked up|looked into|reviewed",
        "done": r"done|completed|finished|taken care of|sorted|handled|finali[sz]ed|all set|gone through",
    }
)
"""The kinds of action, and how each is told as finished."""

STEMS = MappingProxyType(
    {
        "booked": "book schedul reserv appointment arrang confirm slot visit",
        "sent": "send sent mail text sms messag forward submit notif deliver",
        "cancelled": "cancel remov delet void",
        "changed": "chang updat mov modif amend edit set reschedul extend upgrad adjust write_back",
        "paid": "refund credit charg pay paid reimburs waiv bill invoic process issu discount",
        "ordered": "order ship dispatch despatch purchas buy bought sent",
        "escalated": "escalat transfer handoff hand_off connect notif alert page call tell told inform flag",
        "created": "creat open file lodg rais log regist enrol sign activat unlock reset verif approv submit "
        "write_back",
        "recorded": "sav add enter stor attach record writ note updat",
        "checked": "",
        "done": "",
    }
)
"""What a tool has in its name, its description or its result if it does that kind of action."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`by_us`: we are said to have done it ("I've booked"), not only that it is so ("your visit is booked")."""

    kind: str
    words: str
    by_us: bool


_ANY = "|".join(f"(?P<{kind}>{forms})" for kind, forms in KINDS.items())
_AFTER = r"(?![\w-])"
_ADVERBS = (
    r"(?:(?:just|already|now|also|then|successfully|officially|all|both|gladly|happily|finally|been able to|"
    r"gone ahead and|went ahead and|taken the liberty and|personally|duly|even|hereby|so|well|been|being|"
    r"immediately|quickly|actually|indeed|safely|fully|got|definitely|of course|of course already|"
    r"tentatively|provisionally|not only|not just) )*"
)
_ACTIVE = re.compile(
    rf"\b(?:i|we|they|he|she|(?:my|our|the|a) (?:colleague|team|system|manager|engineer|technician|office|assistant))"
    rf" (?:(?:have|has|had|did) )?{_ADVERBS}(?:{_ANY}){_AFTER}"
)
_ABLE = re.compile(
    r"\b(?:i|we) (?:have )?(?:just )?(?:managed to|was able to|were able to|did|succeeded in) "
    r"(?P<verb>book|schedule|reserve|arrange|send|cancel|change|update|move|refund|order|transfer|notify|create|file|"
    r"open|submit|register|add|save|get (?:you|it|that|this) (?:booked|scheduled|sent|cancell?ed|in|done))\b"
)
_HOLD = re.compile(
    rf"\b(?:i|we) have (?:got |now |just |already |all )*(?:you|it|that|this|them|everything|"
    r"(?:your|the|an?)(?: (?!(?:you|we|i|they|who|that|which|to)\b)[\w'-]+)+?)"
    rf" {_ADVERBS}(?:(?P<down>down for|in for)|{_ANY}){_AFTER}"
)
_NOUNS = (
    r"appointment|booking|visit|reservation|order|payment|refund|request|message|e-?mail|text|ticket|case|claim|"
    r"meeting|call|slot|place|spot|table|room|return|replacement|confirmation|change|subscription|account|delivery|"
    r"complaint|report|form|application|password|address|number|transfer|technician|engineer|plumber|ambulance|"
    r"colleague|manager|team|specialist|lawyer|attorney|doctor|nurse|fee|discount|credit|invoice|details"
)
_NOT_IN_A_GAP = (
    r"will|would|can|could|may|might|should|shall|must|to|not|is|are|was|be|if|once|when|you|i|we|who|which|that|your|"
    r"before|after|until|while|unless|whether|any|said|told"
)
_THING = (
    rf"(?:an?|the|that|this|our|my|his|her|their) (?!your)(?:[\w'-]+ ){{0,3}}?(?:{_NOUNS})s?|"
    r"your (?:[\w'-]+ ){0,2}?[\w'-]+"
)
_SUBJECT = (
    r"(?P<subject>(?:it|that|this|everything|they|both|you|all)|"
    rf"(?:{_THING})(?: (?!(?:{_NOT_IN_A_GAP})\b)[\w'.:@-]+){{0,9}}?)"
)
_PASSIVE = re.compile(rf"\b{_SUBJECT} (?:is|are|was|were|has|have|got|had) {_ADVERBS}(?:{_ANY}){_AFTER}")
_ON_ITS_WAY = re.compile(
    r"\b(?P<what>help|someone|somebody|it|they|an? \w+(?: \w+)?|the \w+(?: \w+)?|your \w+(?: \w+)?|our \w+|my \w+)"
    r" (?:is|are) (?:already |now )*(?:on (?:its|the|their|his|her) way|in the (?:post|mail)|coming to you now)\b"
)
_IN_PLACE = re.compile(
    r"\b(?:it|that|you|they|your \w+) (?:is|are) (?:now |all |already )*"
    r"(?:in the (?:calendar|diary|system|books)|on the (?:list|calendar|schedule|books)|down for|good to go|in for)\b"
)
_SHORT = re.compile(
    rf"(?:(?:and|there|great|perfect|okay|ok|alright|all right|right|good|excellent|yes|sure|wonderful) )*"
    rf"(?:consider (?:it|that) |all |now |(?:that is )?you (?:are )?(?:all )?|your? )?(?:(?:{_NOUNS})s? )?"
    rf"(?:{_ANY}){_AFTER}"
    r"(?: (?:in|for|on|at|to|you|now|it|and)\b.*)?"
)
_JOINED = re.compile(
    rf"(?:\band|\bthen|,|\bplus) (?:(?:also|then|just|have|has|i have|already|even) )*(?:{_ANY}){_AFTER}"
)
_PERFECT = re.compile(
    r"\b(?:i|we) have (?:just |already |now |also )*(?:\w+ed|made|taken|written|found|got|put|given)\b"
)
_MADE = re.compile(
    r"\b(?:i|we) (?:have )?(?:just |already |now )*made (?:you )?(?:the|your|an?|that|this) (?:[\w-]+ ){0,3}?"
    r"(?:(?P<booked>appointment|booking|reservation)|(?P<changed>change)|(?P<paid>payment|refund)|(?P<escalated>call))"
)

_PLAN = r"will|would|can|could|may|might|should|shall|must|to|going to|let me|gets?|being"
_CONDITION = r"once|if|unless|until|till|before|as soon as|whether|in case|should|when|after|the moment|as long as"
_GOVERNED = re.compile(rf"^(?:and |but |so |or |then |well |okay |only )*(?:{_CONDITION})\b")
_DENIED = re.compile(
    r"\b(?:not|cannot|never|unable to)(?: yet| really| quite)? (?:think|believe|say|claim|confirm|tell you|promise|"
    r"pretend|see|mean|sure|certain|true|know|guarantee|aware|record|find|show)\b"
)
_REPORTED = re.compile(
    r"\b(?:you (?:have )?(?:said|say|told|mentioned|mention|think|thought|want|wanted|wish|asked|ask|would like|"
    r"were told|believe|claim|need)|would you like|make sure|making sure|check (?:that|whether|if)|see (?:if|whether)|"
    r"ensure|find out|whether|pretend|imagine|suppose|let you know|tell you (?:when|once|if)|hoped?|wish|"
    r"as if|as though|want(?:ed)? to know|without|understand|sorry)\b"
)
_TAKEN = re.compile(
    r"\b(?:fully|completely|already|heavily) booked\b|\bbooked (?:up|out|solid|by (?:someone|somebody|another))\b"
)
_SLOTS = re.compile(
    r"^(?:that|this|the|both|all|they)(?: [\w'-]+)*? ?(?:slots?|times?|days?|hours?|dates?|doctors?|mornings?|weeks?|"
    r"afternoons?|calendar|evenings?)$"
)
_FOR_YOU = re.compile(r"\b(?:for you|in your name|you in)\b")
_OPENS = re.compile(r"\b(?:no|nothing|none|nobody|neither)\b(?! problem| worries| trouble| doubt| need)")
_HARMLESS = re.compile(r"\b(?:do not worry|not to worry|no problem|no worries|do not forget|why not|not at all)\b")
_SPLIT = re.compile(r"[.!?…;:\n]+|\s[-–—]+\s|[–—]")


_HINT = re.compile(
    r"ed\b|\b(?:(?:re)?sent|(?:re)?set|put|let|told|paid|bought|rung|spoken|done|taken|gone|made|able|did|way|post|mail"
    r"|coming|calendar|diary|system|books|list|schedule|good to go|(?:down|in) for)\b"
)
"""One of these is in every claim, and in few sentences that hold none: most are known by one look."""


def may_claim(sentence: str) -> bool:
    """May there be a claim in it? A sentence that has no word of one is looked at no further."""
    return _HINT.search(sentence) is not None


def claims(text: str) -> tuple[Claim, ...]:
    """Every claim in `text`, in order; each kind once."""
    return claimed(flat(text))


def claimed(low: str) -> tuple[Claim, ...]:
    """The same of text that is flat already."""
    found: dict[tuple[str, bool], Claim] = {}
    for sentence in _SPLIT.split(low):
        for claim in _in_sentence(sentence.strip()) if may_claim(sentence) else ():
            found.setdefault((claim.kind, claim.by_us), claim)
    return tuple(found.values())


def flat(text: str) -> str:
    """Lower case, plain quotes, contractions written out: what the rules are written for."""
    low = text.lower().replace("\u2019", "'").replace("\u2018", "'").replace("*", "")
    if "." in low or ":" in low:
        low = _STOPS.sub(r"\1\2\3\4 ", low)
    if "'" in low:
        for short, whole in _CONTRACTIONS:
            low = short.sub(whole, low)
    return _SPACES.sub(" ", low) if "  " in low or "\t" in low else low


_STOPS = re.compile(r"(\d)[.:](?=\d)|\b([ap])\.\s?(m)\b\.?|\b(dr|mr|mrs|ms|st|no)\.")
"""What ends no sentence."""
_SPACES = re.compile(r"[ \t]+")
_CONTRACTIONS = tuple(
    (re.compile(short), whole)
    for short, whole in (
        (r"\bcan't\b", "cannot"), (r"\bwon't\b", "will not"), (r"n't\b", " not"), (r"'ve\b", " have"),
        (r"'re\b", " are"), (r"'ll\b", " will"), (r"\bi'm\b", "i am"), (r"'d\b", " would"),
        (r"\b(it|that|there|what|everything|this|here|all|he|she)'s\b", r"\1 is"), (r"\blet's\b", "let us"),
    )
)  # fmt: skip


def _in_sentence(sentence: str) -> Iterator[Claim]:
    sentence = _HARMLESS.sub("", sentence)
    clauses = [clause.strip() for clause in re.split(r",", sentence) if clause.strip()]
    claimed = False
    for index, clause in enumerate(clauses):
        before = " ".join(clauses[:index])
        for claim in _in_clause(clause, before):
            claimed = True
            yield claim
    # What is put in between is left out: "your visit, as you wished, is booked".
    for index, (begun, ended) in enumerate(zip(clauses, clauses[2:], strict=False)):
        yield from _in_clause(f"{begun} {ended}", " ".join(clauses[:index]))
    if claimed or (_PERFECT.search(sentence) and not _GOVERNED.match(sentence) and not _REPORTED.search(sentence)):
        for joined in _JOINED.finditer(sentence):
            if not _is_planned(sentence[: joined.start()]):
                yield Claim(_kind(joined), joined.group(), True)


def _in_clause(clause: str, before: str) -> Iterator[Claim]:
    for rule, by_us in _RULES:
        for match in rule.finditer(clause):
            lead = clause[: match.start()]
            if not _is_excused(lead, clause, match, before, by_us):
                yield Claim(_kind(match), match.group(), by_us)
    short = _SHORT.fullmatch(clause)
    if short and not _TAKEN.search(clause) and not (before and _GOVERNED.match(before)):
        yield Claim(_kind(short), clause, False)


_RULES = (
    (_ACTIVE, True),
    (_ABLE, True),
    (_HOLD, True),
    (_MADE, True),
    (_PASSIVE, False),
    (_ON_ITS_WAY, False),
    (_IN_PLACE, False),
)


def _is_excused(lead: str, clause: str, match: re.Match[str], before: str, by_us: bool) -> bool:
    """Is it a plan, a condition, a denial, a report, or a slot that is taken?"""
    said = match.group()
    governed = _GOVERNED.match(lead) or re.search(rf"\b(?:{_CONDITION})(?: that)? ?$", lead)
    if governed or _DENIED.search(lead) or _REPORTED.search(lead) or _OPENS.search(lead + said.split(" ")[0]):
        return True
    if by_us:
        return re.search(r"\b(?:have|has|had|did|what|which|who|how) $", lead) is not None
    after = clause[match.end() :]
    if re.search(rf"\b(?:{_CONDITION})\b", after) or _GOVERNED.match(before):
        return True
    subject = match.groupdict().get("subject") or ""
    taken = _TAKEN.search(clause) is not None or _SLOTS.match(subject) is not None
    return taken and not _FOR_YOU.search(clause) and not subject.startswith("your")


def _is_planned(lead: str) -> bool:
    """Do the last words before it plan ("I will call you and ...")?"""
    nearest = re.split(r"\b(?:i|we|you|it|he|she|they)\b", lead)[-1]
    return re.match(rf"\s*(?:{_PLAN})\b", nearest) is not None


def _kind(match: re.Match[str]) -> str:
    named = match.groupdict()
    verb = named.get("verb")
    if verb is not None:
        stem = verb.split()[-1]
        return next((kind for kind, stems in STEMS.items() if any(stem.startswith(s) for s in stems.split())), "done")
    if named.get("down"):
        return "booked"
    if "what" in named:
        people = (
            r"\b(?:help|someone|somebody|they|engineer|technician|plumber|ambulance|doctor|team|colleague|police)\b"
        )
        return "ordered" if re.search(people, named["what"] or "") else "sent"
    return next((kind for kind in KINDS if named.get(kind)), "booked")
