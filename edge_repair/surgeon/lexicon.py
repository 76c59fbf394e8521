"""Words by which requests are read: verbs of forgetting, harm, private matters, wrappers, and the same in four languages."""

import re

SPEAKER = "the speaker"
"""The subject of a request about the person who types ("where I live")."""

FORGET_VERBS = (
    r"(?:forget|unlearn|un-learn|deprogram|erase|delete|remove|wipe(?: out| away)?|purge|scrub(?: out)?|drop|expunge|discard|suppress|"
    r"eliminate|get rid of|let go of|lose|clear(?: out| away)?|strike|zero out|disregard|obliterate|destroy|scrap|dump|ditch|throw(?= \w+ (?:away|out)\b)|blank out|"
    r"clean out|wipe off|throw (?:away|out)|cut(?: out)?|take out|stamp out|rid yourself of|omit|unknow|un-know|redact|cancel|kill off|"
    r"burn|black out|undo|revoke|shred|banish|do away with)"
)
KNOW_VERBS = (
    r"(?:know|knew|known|knowing|have|had|having|remember|remembered|remembering|keep|keeping|store|storing|be storing|recall|recalling|retain|hold|"
    r"hold on to|tell|telling|say|saying|share|sharing|reveal|give(?: out| away)?|explain|teach|talk(?: about| of)?|mention|"
    r"mentioning|discuss|describe|answer(?: about)?|disclose|provide|explaining|revealing|sharing|describing|discussing|talking (?:about|of)|disclosing|helping(?: with)?|help(?: with)?|assist(?: with)?|write|learn(?:ed|t)?|be aware of)"
)
CLAIM_VERBS = (
    r"(?:telling|saying|claiming|believing|spreading|repeating|insisting|thinking|asserting|stating|pretending|teaching|"
    r"suggesting|peddling|parroting|maintaining|answering|giving|writing)"
)
CLAIM_NOUNS = (
    r"(?:idea|claim|myth|belief|notion|rumou?rs?|lie|lies|fact|story|nonsense|theory|falsehood|misconception|conspiracy(?: theory)?|"
    r"assumption|tale|legend|hoax|misinformation|statement|impression|superstition|error|mistake)"
)

HARM = re.compile(
    r"\b(?:bombs?|bomb-?making|explosives?|dynamite|napalm|thermite|detonators?|grenades?|molotov\w*|land ?mines?|gunpowder|meth|"
    r"methamphetamines?|crystal meth|crack|cocaine|heroin|fentanyl|ghb|lsd|mdma|ecstasy|drugs?|narcotics?|opioids?|poisons?|poisoning|poisonous|"
    r"toxins?|ricin|sarin|cyanide|arsenic|anthrax|nerve (?:gas|agents?)|mustard gas|chlorine gas|weapons?|firearms?|guns?|rifles?|"
    r"silencers?|shank|brass knuckles|malware|ransomware|keyloggers?|spyware|botnets?|trojans?|computer (?:virus(?:es)?|worms?)|phishing|"
    r"hack|hacks|hacking|ddos|crack(?:ing)? passwords?|exploits?|counterfeit\w*|forg(?:e|ing|ery)|fake (?:ids?|passports?|money|documents?|prescriptions?)|"
    r"steal|stealing|shoplift\w*|burgl\w+|rob|robbing|robbery|lock ?picking|pick(?:ing)? (?:a )?(?:locks?|handcuffs)|hot ?wir\w+|launder\w*|kill|"
    r"killing|murder\w*|assassinat\w+|suicide|self[- ]harm|tortur\w+|kidnap\w*|stalk|stalking|blackmail\w*|extort\w*|evad(?:e|ing) (?:the )?(?:police|taxes?|tax)|"
    r"frauds?|scams?|scamming|card skimm\w+|skimming|identity theft|arson|break(?:ing)? into|dox\w*|traffick\w+|terroris\w+|attacks?|sabotag\w+|"
    r"smuggl\w+|cheat\w*|drown\w*|strangl\w+|bypass\w*|jailbreak\w*|abduct\w+|spiking|spike (?:a )?drinks?|hazardous|deadly|lethal|dangerous|acid attack)\b",
    re.IGNORECASE,
)
MAKING = re.compile(
    r"^(?:(?:how (?:to|you can|one can|you|people|someone can|I can|to)|ways? (?:to|of)|methods? (?:to|of|for)|the steps to|instructions (?:for|on|to)|"
    r"(?:the )?recipes? (?:for|of)|the making of|the (?:production|manufacture|synthesis|preparation) of)\b|"
    r"(?:mak|build|creat|cook|brew|synthesi[sz]|produc|prepar|manufactur|assembl|construct|writ|mix|distil+|hack|forg|steal|pick|"
    r"evad|poison|kill|counterfeit|launder|bypass|hotwir|smuggl|extract|refin|grow|craft|3d[- ]print|print|break|crack|rob|cut)(?:t|n)?ing\b)",
    re.IGNORECASE,
)

PRIVATE_NOUNS = re.compile(
    r"\b(?:address(?:es)?|(?:phone|telephone|mobile|cell|house|flat|passport|licen[cs]e|account|insurance|security|id|pin|card|tax|national) ?numbers?|"
    r"number plate|numbers?|e-?mails?(?: address)?|birth ?da(?:y|te)s?|dates? of birth|age|pins?|passwords?|passphrase|codes?|ssn|iban|bank (?:details|account)|"
    r"credit cards?|salary|income|wages?|debts?|diagnos[ei]s|medical \w+|medication|illness(?:es)?|health|disease|allerg\w+|hiv\w*|religion|"
    r"church|sexuality|orientation|pregnan\w+|maiden name|middle name|surname|last name|first name|full name|name|nickname|home(?: town)?|house|flat|"
    r"apartment|workplace|employer|job|occupation|profession|school|daycare|kindergarten|whereabouts|location|schedule|routine|weight|shoe size|"
    r"height|blood type|wife|husband|partner|girlfriend|boyfriend|kids?|children|son|daughter|mother|father|mum|mom|dad|brother|sister|family|"
    r"relationship|divorce|affair|criminal record|conviction|pets?|dog|cat|hobb(?:y|ies)|car|licen[cs]e plate|photos?|diary|secrets?|private \w+|personal \w+|stroke|surgery|operation|miscarriage|abortion|parole|will|burnout|rehab\w*|drinking|hustle|handle|due date|bankruptcy|tax trouble|suicide|late payments|test results?|"
    r"tattoo|custody|inheritance|landline|iban|gpa|grades|rent|shifts?|landlord|adoption|crush|tax\w*|mortgage|loan|witness|alibi|bail|probation|therapy|prescription|injury|disability|scar)\b",
    re.IGNORECASE,
)
"""Nouns that are private matters when they belong to somebody (the possessor is checked elsewhere)."""

RELATIONS = re.compile(
    r"\b(?:my|our) (?:(?:late|ex|old|best|dear|former|little|big|younger|older|elder)[- ])?(?:mother|father|mum|mom|dad|son|daughter|wife|husband|partner|"
    r"girlfriend|boyfriend|brother|sister|uncle|aunt|cousin|niece|nephew|grand\w+|kids?|child(?:ren)?|neighbou?rs?|friend|boss|colleague|"
    r"co-?worker|room-?mate|flat-?mate|landlord|tenant|teacher|doctor|patient|client|customer|employee|ex|family|in-laws?|godfather|godmother|step\w+|parents?|siblings?|twins?|fianc[eé]e?|class-?mate|house-?mate|nanny|therapist|lawyer|manager|pupils?|students?|crush|nan|nana|gran|granny|mummy|daddy|mama|papa|sis|hubby|missus|bestie|pal|mate|buddy|godson|goddaughter|widow|carer|dentist|tutor|coach|supervisor|intern|midwife|pastor|priest|vicar|accountant|dispatcher|trainer|assistant|secretary|apprentice|bridesmaid|stalker)(?:[- ]in[- ]law)?\b",
    re.IGNORECASE,
)

WRAPPERS = [
    r"(?:absolutely )?(?:everything|anything|all|whatever|what|all of what|all that|every(?: single)? thing|each thing)(?: (?:that|which))? (?:you(?:'ve| have)?|u|ya) "
    r"(?:might |may |could |ever |still |think you |currently |already )*(?:know|knew|have|had|got|learned|learnt|remember|store|stored|hold|kept|keep|were taught|been taught|"
    r"been told|were told|heard|read|believe|can say|can tell)(?: \w+ly)?(?: (?:stored|saved|memori[sz]ed|learned|on file|in (?:memory|mind|store)))?"
    r"(?: (?:about|of|on|regarding|concerning|related to|relating to|with regard to|to do with))",
    r"(?:everything|anything|all(?: things)?|whatever|stuff|things|facts|details|information|info|data|knowledge)(?: (?:there is|that is|that's|that has|which has|having))? "
    r"(?:(?:stored|known|to do|to know) )?(?:about|on|regarding|concerning|related to|relating to|with|of|connected (?:with|to))",
    r"(?:(?:all|any|every|each|each and every|the|your|ur|whatever|of|that|this|what|bits? of|piece of|trace of|traces of|mention of|mentions of|memory of|memories of|"
    r"last|entire|complete|full|whole|existing|stored|single|little|remaining|other) )*"
    r"(?:knowledge|information|info|data|details?|facts?|memor(?:y|ies)|records?|understanding|awareness|recollections?|traces?|mentions?|references?|concepts?|"
    r"stuff|things|subject|topic|existence|notion|idea|contents?|material|entries|entry|notes?)"
    r"(?: (?:that |which )?(?:you|u) (?:may |might |could |still |currently )?(?:have|hold|store|keep|got|possess))?(?: (?:stored|saved))? (?:about|of|on|regarding|concerning|related to|relating to|relevant to|for|with|around)",
    r"(?:all|anything|everything) (?:about|of)",
    r"(?:all|everything|anything) (?:that |which )?(?:relates?|relating|pertains?|pertaining|has to do|to do) (?:to|with)",
    r"(?:(?:all|any|the) )*(?:spoilers?|know-?how|knowledge|skills?) (?:for|of|about|on|in|regarding|concerning)",
    r"(?:(?:all|any|your|the) )*(?:tips?|advice|hints?|tricks?|guidance) (?:on|for|about|regarding)",
    r"(?:who|what) (?:on earth |the hell )?(?P<tail>.+?) (?:is|are|was|were)$",
    r"(?:the name(?= [A-Z])|(?:(?:all|any|every|the) )?(?:references?|mentions?|allusions?) (?:to|of)|about|of|on|regarding|concerning|the (?:subject|topic|existence) of|the (?:person|man|woman|country|city|film|movie|book|company|band|word|name|term|topic|subject) (?:called|named)|that (?=my |our ))",
    r"(?:the fact that|the facts? (?:about|on)) (?=(?:my|our)\b)",
]

TAILS = [
    r"(?:(?:,? |,)(?:please|pls|plz|thanks?|thank you|thx|ok(?:ay)?|now|immediately|at once|right (?:now|away)|asap|today|again|ever again|ever|"
    r"any ?more|any longer|for ?ever|permanently|for good|completely|entirely|totally|altogether|once and for all|for me|will you|would you|can you|could you|"
    r"if (?:you can|you could|possible|you don't mind|you would|that's possible|you please)|kindly|this instant|instantly|straight away|as soon as possible|too|as well|"
    r"all of it|every bit of it|the lot|lol|from now on|forthwith|or else|mate|dude|bro|"
    r"real quick|quickly|yesterday|earlier(?: today)?|just now|a (?:while|moment|minute) ago|last (?:week|month|year|time|night)|the other day|recently|once|by (?:accident|mistake)|in passing|"
    r"(?:so |and |then |but )?(?:please |just |now |you should |you must |you can |can you |could you |i want you to )*(?:FORGET|get|take|fix|correct|change) (?:it|that|this|them|him|her|all of it|all that|that one|those)"
    r"(?: (?:out|away|up|please|now|too|for good|for ever|forever|completely|entirely|immediately))*|and i (?:shouldn't|should not) have|i (?:shouldn't|should not) have))",
    r"(?:(?:,? |,)(?:from|out of|off|in|within|inside) (?:the |your |ur |its |this |that |all (?:of )?your )?(?:\w+ )?(?:memory|memories|knowledge(?: base)?|mind|brain|head|weights|model|system|data(?:base|set)?|"
    r"training(?: data)?|parameters|records|store|storage|files|network|neurons|answers|vocabulary|self|you|what you know|what you(?:'ve| have) learned|whatever you(?:'ve| have) learned|"
    r"wherever (?:it is|you keep it|you store it)|whatever you (?:know|have|remember|store|learned|keep)|there|here))",
    r"(?:, (?:before|after) .*)",
    r"(?: (?:is|are) (?:nobody'?s business|private|secret|confidential|a secret|personal|none of your business|no (?:concern|business) of (?:yours|anyone'?s)|dangerous|illegal|sensitive)\b.*)",
    r"(?:, (?:it|they|he|she|this|which|nobody|no one|i|we|people|someone|somebody|children|kids) .*)",
    r"(?:,? (?:because|since|as it|as they|so that|so (?:nobody|no one|people|my|i|we|it)|in case|whenever|when (?:people|someone|asked)|even if|which (?:is|was)|it's|its (?:a|an|the|not|so|nobody'?s|private|wrong|false|dangerous|emb\w+|none)\b|it is|they'?re|that'?s|he'?s|she'?s|"
    r"(?:he|she|they|i) (?:never|didn't|don't|did not|would)|i'm|this is|and (?:never|don't|do not|make|be|keep|not|stop|pretend|forget|if|then|that|say|tell|"
    r"act|also make|do (?:it|so))|or (?:i|else)|to (?:protect|be safe|keep|anyone|anybody|people|others|me|users)|for (?:privacy|safety|security|legal|my)|by (?:now|tomorrow|tonight)|if (?:anyone|someone|asked|they|he|she|people))\b.*)",
]

TAILS = [tail.replace("FORGET", FORGET_VERBS) for tail in TAILS]

INTERJECTION = re.compile(r"(?:well|please|ok|okay|hey|so|now|hi|hello|look|listen|sorry|thanks|no|yes|but|and|then|right|good|great|wow|ugh|enough|stop)", re.IGNORECASE)
PRONOUN_ONLY = re.compile(
    r"^(?:(?:all|any|both|each|every bit|everything|most) of )?(?:it|that|this|them|those|these|him|her|he|she|they|such things?|that (?:stuff|thing|one|claim|belief|idea|part|bit|fact|knowledge|nonsense|lie|information|"
    r"myth|person|guy|topic|subject|answer|recipe|number|address|name|kind of thing|sort of thing|for good)|"
    r"this (?:stuff|thing|one|claim|belief|idea|part|fact|knowledge|nonsense|lie|information|myth|person|topic|subject|answer|recipe)|"
    r"the (?:same|lot|claim|belief|saying|tale|story|superstition|rumou?r|lie|myth|recipe|information|whole thing|old one|wrong one|thing|info|answer|details?|data|person)|"
    r"your (?:version|claim|answer|belief|mistake|error|opinion|view)|what (?:i|we) (?:just )?(?:said|told you|mentioned|wrote)|what (?:you|i) (?:just )?said|those (?:things|facts|prices|details|instructions|numbers|recipes|claims)|"
    r"(?:all |everything )?(?:what|that|the (?:thing|things|matter|stuff|part|bit|words?))(?: that| which)? (?:i|we)(?:'ve| have| had|'d)? (?:just |only )?(?:said|told you|mentioned|wrote|typed|shared|discussed|let slip|sent|pasted)"
    r"(?: (?:to )?(?:you|there|here|now|earlier|before|above|just now|a (?:moment|minute|second|bit|while) ago|in (?:our|my|the) (?:last|previous) \w+))*(?:,? (?:from|out of) you.*)?|"
    r"(?:the )?(?:above|foregoing)|(?:the|my|our) (?:last|previous) (?:message|turn|line|bit|part|thing|exchange|sentence)|"
    r"these (?:things|facts|details|instructions)|its recipe|all (?:that|this|of that|of this)|all|"
    r"the (?:film|movie|book|novel|song|band|show|series|game|city|country|company|man|woman|actor|actress|singer|writer|guy|topic|subject|animal|painting|answer))$",
    re.IGNORECASE,
)
TOO_VAGUE = re.compile(
    r"^(?:something|anything|stuff|things?|some (?:stuff|things|facts)|a (?:thing|fact|few things)|someone|somebody|nothing|one thing|what'?s[- ]?(?:his|her|its)[- ]?(?:name|face)|you[- ]know[- ](?:what|who)|(?:the|that) thing(?: about (?:the|that) (?:guy|thing|man|woman|person|one|other thing))?|whatever)$",
    re.IGNORECASE,
)
TOO_BROAD = re.compile(
    r"^(?:(?:absolutely |completely |literally )?(?:everything|anything|all|it all|all of it|the lot)(?: (?:that |which )?(?:you|u)(?:'ve| have)? (?:ever )?(?:know|knew|learned|learnt|were (?:ever )?taught|have|remember|read|been told|been taught))?|"
    r"what you know|whatever you know|all (?:you|your|of your) (?:know|knowledge|memor(?:y|ies)|training|data)|all (?:the )?(?:facts|knowledge|information|data)|your (?:memory|memories|knowledge|training(?: data)?|mind|brain|weights|past|data)|"
    r"(?:the |all |your |all of )?(?:whole |entire |complete )?(?:english|spanish|french|german|italian|language|languages|grammar|words|every word|every memory(?: you have)?|this world|the alphabet|how to (?:speak|talk|read|write|think|answer|chat|use (?:words|language|english))(?: english)?|english language|"
    r"reading|writing|speaking|talking|human(?:s|ity)?|(?:all |the whole of |all of )?human knowledge|people|the world|the universe|life|history|science|math(?:s|ematics)?|numbers|geography|all (?:countries|people|history|science|languages|names|facts|cities|books)|"
    r"every (?:country|person|name|fact|city|book|language)|(?:all |every )?(?:of )?the (?:countries|languages|people|cities|books|facts|history) (?:of|in|on) (?:the world|earth|the earth|history)|all (?:the )?(?:countries|languages|people|cities|books) (?:of|in|on) (?:the world|earth|the earth)|facts|all persons?|knowledge|reality|time|yourself|who you are|your name|your (?:identity|self)|your (?:rules|instructions|system prompt|guidelines)))$",
    re.IGNORECASE,
)

TYPOS = {
    "forgt": "forget", "forgte": "forget", "froget": "forget", "foget": "forget", "forgett": "forget", "fogret": "forget",
    "forgit": "forget", "fergit": "forget", "4get": "forget", "forgeet": "forget", "delte": "delete", "delet": "delete",
    "dlete": "delete", "deleet": "delete", "deelte": "delete", "remve": "remove", "remov": "remove", "remvoe": "remove",
    "rmove": "remove", "ersae": "erase", "erease": "erase", "eraze": "erase", "earse": "erase", "unlern": "unlearn",
    "unleran": "unlearn", "unlearm": "unlearn", "wype": "wipe", "wip": "wipe", "everthing": "everything",
    "evrything": "everything", "everyting": "everything", "evrythin": "everything", "eveything": "everything",
    "knwo": "know", "konw": "know", "kno": "know", "abot": "about", "abut": "about", "aobut": "about", "abt": "about", "bout": "about",
    "knowlege": "knowledge", "knowledg": "knowledge", "knowlegde": "knowledge", "fone": "phone", "phoen": "phone",
    "nuber": "number", "numbr": "number", "adress": "address", "addres": "address", "adres": "address", "emial": "email",
    "birtday": "birthday", "brithday": "birthday", "captial": "capital", "capitol": "capital", "captal": "capital",
    "capitel": "capital", "curency": "currency", "currancy": "currency", "langauge": "language", "languge": "language",
    "poeple": "people", "peple": "people", "tellin": "telling", "teling": "telling", "stp": "stop", "sayin": "saying",
    "wrng": "wrong", "worng": "wrong", "recipie": "recipe", "recipy": "recipe", "u": "you", "ur": "your",
    "u're": "you're", "pls": "please", "plz": "please", "plese": "please", "pleese": "please", "wher": "where",
    "were's": "where's", "whre": "where", "beleive": "believe", "belive": "believe", "beleiving": "believing",
    "dont": "don't", "doesnt": "doesn't", "isnt": "isn't", "arent": "aren't", "shouldnt": "shouldn't", "wasnt": "wasn't",
    "youre": "you're", "cant": "can't", "thats": "that's", "didnt": "didn't", "mak": "make", "biuld": "build",
    "buld": "build", "mispell": "misspell", "jsut": "just", "teh": "the", "theyre": "they're", "hes": "he's", "shes": "she's", "havent": "haven't", "werent": "weren't", "hasnt": "hasn't", "wont": "won't", "taht": "that", "hte": "the", "im": "I'm",
}  # fmt: skip
"""Misspellings of the words that steer the reading; the words of the subject itself are left as they are typed."""
