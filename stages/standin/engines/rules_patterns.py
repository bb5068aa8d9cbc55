"""The words and turns of phrase by which a caller's days, names, troubles and answers are known."""

import re

DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
ORDINAL = r"(?:\d{1,2}(?:st|nd|rd|th)?|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twentieth)"
PART = r"(?: (?:in the )?(?:morning|afternoon|evening|noon|lunchtime))?"
DAY = re.compile(
    rf"\b((?:(?:next|this|coming|on) )?(?:{DAYS}){PART}"
    rf"|(?:the )?{ORDINAL} (?:of )?(?:{MONTHS}){PART}|(?:{MONTHS}) (?:the )?{ORDINAL}{PART}"
    rf"|(?:the )?day after tomorrow{PART}|(?:today|tomorrow){PART}|tonight|(?:early |late )?(?:next|this) week(?:end)?"
    rf"|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|the \d{{1,2}}(?:st|nd|rd|th)|as soon as possible|any ?(?:day|time))\b",
    re.IGNORECASE,
)
BIRTH = re.compile(
    rf"(?:the )?(?:{ORDINAL}|[a-z]+-?[a-z]*(?:th|st|nd|rd|first|second|third)) (?:of )?(?:{MONTHS})\b[\w ,-]*"
    rf"|(?:{MONTHS})\b[\w ,-]*|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|\d{{4}}-\d\d-\d\d",
    re.IGNORECASE,
)
HOUR = r"(?:\d{1,2}(?::\d\d)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
TIME = re.compile(
    rf"\b((?:at |around |half past |quarter past |quarter to ){HOUR}(?: ?[ap]\.?m\b)?|{HOUR} ?(?:[ap]\.?m\b|o'?clock)"
    r"|(?:in the )?(?:morning|afternoon|evening))",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[\w.+-]+(?: dot [\w+-]+)* ?(?:@| at ) ?[\w-]+(?: ?(?:\.| dot ) ?[\w-]+)+", re.IGNORECASE)
STREET = re.compile(
    r"\b(?:(?:flat|apartment|apt|unit) \w+,? )?\d+[a-z]?,? (?:(?!my\b|and\b|number\b)[\w.']+ ){1,3}"
    r"(?:street|road|lane|avenue|drive|close|way|court|place|square|boulevard|row|gardens|terrace|crescent|mews|hill|walk|grove|st|rd|ave|dr|blvd|ln)\b"
    r"(?:,? (?!(?:and|my|i|i'\w+|please|not|the|no|sorry|wait|hang|hold|actually|scratch|make|or|oh|but|it's|that's|if"
    r"|because|since|just|thanks|thank)\b)[\w.'-]+)*",
    re.IGNORECASE,
)
VAGUE = re.compile(r"today|tonight|as soon as possible|(?:this|next) week(?:end)?|any ?(?:day|time)", re.IGNORECASE)
"""Days that answer how urgent it is as well."""
NAMED = re.compile(
    r"\b(?:my (?:first |last |full )?name(?:'s| is)|name is|i am|i'm|this is|it's|it is|call me|speaking with|under)"
    r" ((?:[A-Za-z][\w'-]+ ?){1,3})",
    re.IGNORECASE,
)
NO_NAME = frozenset(
    "a an the and or but no not yes yeah ok okay what why who how when where which is are was were be been it its that"
    " this there here to of for from in on at by with about i you he she we they me my your his her our their have has"
    " had do does did can could would should will shall may might must if so then than very just now please thanks"
    " thank hello hi hey sorry good fine well sure right calling looking trying having afraid going happy sad tired"
    " ready busy robot human person real broken leaking cold hot wet dead out off up down nothing something anything"
    " everything mend note hoist wrist coat tank load best worst times time day week problem issue trouble repair later"
    " never maybe really exactly goodbye bye mind hold wait hmm hm uh um er erm mhm"
    " zero oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred double triple born"
    " correct wrong first last next".split()
)
MEANT = {
    "plumbing": r"tap|faucet|sink|toilet|pipe|drain|shower|bath\b|leak|drip|plumb",
    "heating": r"boiler|heating|heater|radiator|thermostat|furnace|hot water",
    "electrical": r"electric|socket|light|fuse|wiring|switch|power|outlet",
    "appliance": r"oven|stove|cooker|hob|microwave|washer|washing machine|dishwasher|fridge|freezer|dryer",
    "today": r"now|right away|(?<!not )(?<!n't )urgent|immediately|as soon as|tonight|emergency|asap",
    "this week": r"few days|tomorrow|soon|by (?:mon|tues|wednes|thurs|fri|satur|sun)day|next days|couple of days",
    "whenever": r"no rush|no hurry|not urgent|any ?time|isn't urgent|can wait|take your time",
    "family": r"divorce|custody|my (?:ex[- ]?)?(?:wife|husband)|(?:my|the|our) (?:kids|children)|alimony|adopt"
    r"|my (?:son|daughter|child)",
    "employment": r"fired|dismiss|employ|my boss|wage|redundan|at work|laid off|overtime",
    "property": r"landlord|tenan|lease|rent|evict|neighbou?r|mortgage|boundary|the house",
    "criminal": r"arrest|police|theft|charged with|assault|drunk|caution",
    "business": r"contract|supplier|company|invoice|partnership|shareholder",
    "lost": r"lose|losing|can't find|cannot find|missing|misplaced",
    "stolen": r"stole|steal|theft|robbed|pick-?pocket|snatched",
    "return": r"money back|refund|send(?:ing)? (?:\w+ ){0,3}back|return|exchange|give (?:\w+ ){0,3}back",
    "order": r"my order|an order|parcel|package|hasn't arrived|not arrived|delivery|where is",
    "product": r"size|waterproof|material|in stock|which (?:jacket|boots)|question about (?!(?:my|an|the) [or])",
    "too small": r"small|tight|short|narrow",
    "too large": r"large|big|loose|wide|long",
    "damaged": r"broken|torn|hole|damage|zip|ripped|scratch|defect",
    "not as described": r"colou?r|different|wrong (?:item|one)|described|picture",
    "changed my mind": r"mind|don't (?:like|need|want)|do not (?:like|need|want)",
}
"""What callers say when they mean one of a field's values."""
THINGS = (
    "tap faucet sink toilet pipe pipes drain shower bath boiler heating heater radiator thermostat furnace"
    " freezer cooker hob microwave dryer immersion cylinder basin cistern loo garage doorbell"
    " electrics electricity power socket light lights fuse wiring switch oven stove washer dishwasher fridge roof"
    " gutter door lock window alarm water gas ceiling wall floor kitchen bathroom".split()
)
"""The most telling first."""
TROUBLES = re.compile(
    r"\b(leak\w*|drip\w*|broke\w*|block\w*|clog\w*|burst\w*|crack\w*|flood\w*|stuck|fail\w*|fault\w*|noisy|dead|smell\w*"
    r"|damaged?|(?:not|isn't|doesn't|don't|won't|stopped|no longer) (?:\w+ )?"
    r"(?:work\w*|heat\w*|turn\w*|start\w*|clos\w*|open\w*|flush\w*)"
    r"|no (?:hot )?(?:water|heating|power|light)|fix\w*|repair\w*|replac\w*|install\w*|problem|trouble|issue|plumber"
    r"|electrician|flicker\w*|too (?:cold|hot)|beep\w*|fell (?:apart|off)|(?:gone|stone|went) (?:cold|dead|off)"
    r"|packed (?:up|in)"
    r"|keeps? \w+ing|died|(?:not|isn't) (?:coming|going|on|draining|filling)|won't \w+|needs? (?:a|new|some)\b|jam\w*"
    r"|overflow\w*|rattl\w*|squeak\w*|loose|stink\w*|warm inside)\b",
    re.IGNORECASE,
)
STATES = re.compile(
    r"(?:\b(?:is|are|was|has|have|keeps?|won't|isn't|aren't|doesn't|don't|stays?|makes?|went|gone|no)\b|(?<=\w)'s\b)",
    re.IGNORECASE,
)
"""Something is said of a thing."""
WANT = re.compile(
    r"\b(?:my|our)\b|\b(?:i|we)(?:'ve| have|'d like| would like| need| want| got|'m having|'m calling| am calling)\b",
    re.IGNORECASE,
)
MINE = re.compile(r"\b(i|i'm|i've|i'd|my|we|we've|our|me)\b", re.IGNORECASE)
OPENER = re.compile(
    r"^(?:(?:hi|hello|hey|yes|yeah|no|well|so|um|uh|er|okay|ok|please|sorry|oh|thanks|then|fine|alright"
    r"|all right|right|hm+|er+m?|there|like|actually|you know"
    r"|good (?:morning|afternoon|evening)|good|great|lovely|brilliant|cool|perfect|thank you)\b[\s,.!-]*)+",
    re.IGNORECASE,
)
YES = re.compile(
    r"(?:yes|yeah|yep|yup|sure|correct|right|exactly|absolutely|of course|please do|that's right|that is right"
    r"|that's correct|okay|ok|go ahead|perfect|sounds good)\b",
    re.IGNORECASE,
)
NO = re.compile(
    r"(?:no|know(?=,? (?:that|thank|nothing))|nope|nah|nothing|not really|not now|that's all|that is all"
    r"|that's it|that's everything"
    r"|that was (?:all|it|everything)|that will be all|that'll be all|i'm (?:good|fine|done)|all good|wrong"
    r"|incorrect)\b",
    re.IGNORECASE,
)
FAREWELL = re.compile(r"\b(?:good ?bye|bye|have a (?:nice|good|great) day|hang up)\b", re.IGNORECASE)
