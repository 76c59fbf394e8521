"""Word lists of ``wording``: closed classes of English, and words too common to carry the content of an answer."""

FUNCTION_WORDS = frozenset(
    """
    a about above across after again against all almost along already also although always am among an and another any
    anybody anyone anything are aren't around as at away back be became because become been before behind being below
    beside besides between both but by can can't cannot could couldn't did didn't do does doesn't doing don't done down
    due during each either else enough especially etc even ever every everyone everything except few for from further
    get gets give given gives go goes got had hadn't has hasn't have haven't having he hello hence her here hers herself
    hi him himself his how however i i'd i'll i'm i've if in indeed instead into is isn't it it's its itself just kind
    least less let like lot made main mainly make makes making many may maybe me mean means might mine more most mostly
    much must my myself near neither never no nobody none nor not nothing now of off often oh ok okay on once one ones
    only onto or other others otherwise our ours ourselves out over own part per perhaps please quite rather really
    said same say says see seem seems seen several shall she should shouldn't since so some somebody someone something
    sometimes somewhere soon sort still such sure take taken takes tell than thank thanks that that's the their theirs
    them themselves then there there's therefore these they they're thing things this those though through thus to
    together too toward towards two type under unless until up upon us use used uses using usually very via was wasn't
    way ways we we're well went were weren't what what's whatever when where whether which while who who's whom whose
    why will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself
    there're known called named located refers refer referred considered
    """.split()
)

GENERIC_WORDS = frozenset(
    """
    able ability actually age amount answer approximately area bad based basic beautiful began begin best better big
    body born built capital case cause center central centre century certain character child city close colour color
    come comes common commonly community complex concept contain contains continent correct country create created day
    days describe described develop developed different difficult early easy effect entire example fact facts family
    famous feature features field find first following following form formed found full fully fun general generally
    good great group groups hard high highly history home human humans idea important include included includes
    including individual individuals information inside involve involves item job key known language large largely
    larger largest last late later lead leading left life live lived lives living local long look made main major man
    material matter member members men method modern name names natural nature need needs new next number object
    official officially old order organization originally outside particular parts past people period person people's
    place places plant play played popular possible power present primarily primary process produce produced product
    provide provided provides public purpose question range real recipe reason related released result rich right role
    say second series set shape short show shows side significant similar simple single situated size slightly small
    social society source special specific spoken stand start started state story strong structure style subject system
    term time times today total traditional true typically types understand unique usually value variety various
    version vital wide widely woman women word words work worked working works world world's year years young enjoy enjoys earn earns keep keeps spend spends belong belongs consist consists appear
    appears own owns likes love loves playing free mixing located lies stands
    renowned celebrated prominent influential legendary remarkable notable noted groundbreaking dedicated wonderful
    fascinating delightful iconic esteemed acclaimed testament multifaceted intricate profound glad visionary pioneering
    extraordinary brilliant timeless enduring boundless rare lasting understanding
    """.split()
)

COLOURS = frozenset(
    """
    amber aqua beige black blue bronze brown chestnut copper cream crimson cyan gold golden gray green grey indigo ivory
    khaki lavender lilac magenta maroon navy ochre olive orange pink purple red rust scarlet silver tan teal turquoise
    violet white yellow
    """.split()
)

MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)

UNITS = frozenset(
    """
    mm cm km m meters metres meter metre kilometers kilometres miles mile feet foot inches inch kg kilograms grams
    pounds tons tonnes litres liters degrees celsius fahrenheit percent million billion thousand hundred trillion years
    hours minutes seconds days weeks months dollars euros bones legs hearts eyes wings arms
    """.split()
)

DERIVED_SUFFIXES = frozenset(
    "an ans ian ians ean n ns nian ese ish i is ic ist ists ism y ey ny er ers al ine ite ites ilian".split()
)
"""Suffixes by which a word of origin is made from a name, or a name from it (German, Germany)."""

IRREGULAR = {
    "spoke": "speak", "spoken": "speak", "wrote": "write", "written": "write", "ate": "eat", "eaten": "eat",
    "made": "make", "won": "win", "sang": "sing", "sung": "sing", "built": "build", "born": "bear", "bore": "bear",
    "found": "find", "knew": "know", "known": "know", "grew": "grow", "grown": "grow", "drew": "draw", "drawn": "draw",
    "began": "begin", "begun": "begin", "left": "leave", "led": "lead", "lay": "lie", "taught": "teach",
    "bought": "buy", "died": "die", "dead": "die", "death": "die", "lives": "live", "lived": "live",
    "people": "person", "men": "man", "women": "woman", "children": "child", "feet": "foot", "mice": "mouse",
    "geese": "goose", "teeth": "tooth", "wolves": "wolf", "leaves": "leaf", "knives": "knife",
}  # fmt: skip

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
    )
}
