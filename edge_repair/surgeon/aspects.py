"""What can be known of a subject: aspects by kind, each with the nouns that name it and its own ways of being asked.

An aspect here adds wordings that fit it ("Which city is the seat of government of ...?"); an aspect that is not in the
list gets its wordings from its noun phrase or its indirect question alone (``phrasings``).
"""

import re
from dataclasses import dataclass

from edge_repair.surgeon.known import known_name
from edge_repair.wording import normalise, words


@dataclass(frozen=True)
class Aspect:
    """One side of a subject.

    Attributes:
        key: short name, unique within its kind.
        nouns: a pattern of the noun phrases that mean it in a request.
        noun: the noun phrase used in questions.
        clause: the indirect question, with ``{x}`` for the subject.
        special: whole questions that fit only this aspect, of different shape and verb, the plainest first.
    """

    key: str
    nouns: str
    noun: str
    clause: str
    special: tuple[str, ...]


def _aspect(key: str, nouns: str, noun: str, clause: str, *special: str) -> Aspect:
    return Aspect(key, nouns, noun, clause, special)


_HOME = _aspect(
    "home",
    r"home(?: town| ?address)?|address|residence|town|city|street|where .+ lives?|where .+ (?:is|are|am) living|place of residence|domicile",
    "home town",
    "where {x} lives",
    "Where does {x} live?",
    "What is the address of {x}?",
    "In what town can {x} be found at home?",
    "What place does {x} live in?",
    "In which street is the home of {x}?",
    "Which city or town is {x} living in?",
    "Where do letters to {x} have to go?",
    "Where is the house of {x}?",
)
_OCCUPATION = _aspect(
    "job",
    r"job|occupation|profession|work|career|trade|employment|what .+ (?:does|did|do)(?: for (?:a )?(?:living|work))?|what .+ work(?:s|ed)? as|who .+ (?:is|was) by (?:profession|trade)|(?:what|which) (?:job|profession|occupation) .+ (?:has|had|have)",
    "profession",
    "what {x} does for a living",
    "What does {x} do for a living?",
    "What is the job of {x}?",
    "What kind of work is {x} known to do?",
    "How does {x} make money?",
    "What is {x} by trade?",
    "What is the occupation of {x}?",
)
_BORN = _aspect(
    "birthday",
    r"birth ?da(?:y|te)|date of birth|birth|year of birth|when .+ (?:was|were) born",
    "date of birth",
    "when {x} was born",
    "When was {x} born?",
    "On what date was {x} born?",
    "In which year did the life of {x} begin?",
    "What day does {x} celebrate as a birthday?",
    "When does {x} turn a year older?",
    "When should people congratulate {x}?",
)
_BIRTHPLACE = _aspect(
    "birthplace",
    r"birth ?place|place of birth|where .+ (?:was|were) born|origins?|home country|nationality|country|(?:what|which) country .+ (?:(?:comes?|came|is|was) from|(?:was|were) born in)",
    "place of birth",
    "where {x} was born",
    "Where was {x} born?",
    "In which country was {x} born?",
    "What is the nationality of {x}?",
    "Where does {x} come from?",
)
_FAMOUS = _aspect(
    "fame",
    r"fame|known for|what .+ (?:is|are|was|were) (?:famous|known|best known) for|achievements?|accomplishments?|discover\w+|contributions?|why .+ is famous|legacy",
    "main achievement",
    "what {x} is known for",
    "What is {x} known for?",
    "Why is {x} famous?",
    "For what do people remember {x}?",
    "What made {x} well known?",
)
_FAMILY = _aspect(
    "family",
    r"family|spouse|wife|husband|partner|children|kids|parents|marriage|who .+ (?:is|was) married to",
    "family",
    "who belongs to the family of {x}",
    "Who is {x} married to?",
    "Who are the parents of {x}?",
    "Does {x} have a husband or a wife?",
    "Who is in the family of {x}?",
)
_PHONE = _aspect(
    "phone",
    r"(?:tele|mobile |cell ?|home )?phone(?: ?number)?|telephone number|number|contact(?: details| number)?|how to (?:call|reach) .+",
    "phone number",
    "what number {x} has",
    "What is the phone number of {x}?",
    "Which number should I dial to call {x}?",
    "How can I reach {x} by telephone?",
    "Under what number does {x} answer the phone?",
    "Which number has to be dialled for {x}?",
    "What is the mobile number of {x}?",
)
_PET = _aspect(
    "pet",
    r"pets?|dog|cat|animals?|what pet .+ has",
    "pet",
    "what pet {x} has",
    "What pet does {x} have?",
    "Which animal lives at the home of {x}?",
    "Does {x} keep an animal, and what is it?",
    "What sort of pet does {x} own?",
    "What is the pet of {x} called?",
    "Has {x} got any pets?",
    "Which animal does {x} look after?",
)
_HOBBY = _aspect(
    "hobby",
    r"hobb(?:y|ies)|pastimes?|interests?|free time|what .+ (?:does|do) (?:for fun|in (?:his|her|their) (?:free|spare) time)|what .+ likes(?: to do)?",
    "hobby",
    "what {x} does for fun",
    "What is the hobby of {x}?",
    "What does {x} like to do in the spare time?",
    "How does {x} relax after work?",
    "Which pastime is {x} fond of?",
)
_WHERE = _aspect(
    "place",
    r"location|place|position|whereabouts|situation|where .+ (?:is|are|lies|stands)(?: located)?|town|country",
    "location",
    "where {x} is",
    "Where is {x}?",
    "Where can I find {x}?",
    "In what place is {x} located?",
    "Where do I have to go to see {x}?",
)
_CREATOR = _aspect(
    "creator",
    r"(?:inventor|creator|maker|builder|author|writer|founder|discoverer|designer|architect|director|composer|painter)s?|who (?:made|built|invented|created|wrote|discovered|founded|designed|directed|composed|painted) .+",
    "creator",
    "who made {x}",
    "Who made {x}?",
    "Who invented {x}?",
    "Who is behind the creation of {x}?",
    "By whom was {x} created?",
)
_MATERIAL = _aspect(
    "material",
    r"materials?|composition|ingredients?|what .+ (?:is|are) made (?:of|from)|substance",
    "material",
    "what {x} is made of",
    "What is {x} made of?",
    "What material is {x} made from?",
    "Of which stuff does {x} consist?",
    "What was {x} built out of?",
)
_USE = _aspect(
    "use",
    r"uses?|purpose|function|what .+ (?:is|are) (?:used )?for",
    "purpose",
    "what {x} is used for",
    "What is {x} used for?",
    "What is {x} good for?",
    "Why do people want {x}?",
    "For which purpose would somebody use {x}?",
)
_AGE = _aspect(
    "age",
    r"age|how old .+ (?:is|are)|when .+ (?:was|were) (?:made|built|invented|discovered|founded|created|published|released)|year|date",
    "age",
    "how old {x} is",
    "How old is {x}?",
    "When was {x} made?",
    "Since when has {x} been there?",
    "How many years ago was {x} made?",
)
_OWNER = _aspect(
    "owner",
    r"owners?|who owns .+|who .+ belongs to",
    "owner",
    "who owns {x}",
    "Who owns {x}?",
    "To whom does {x} belong?",
    "In whose possession is {x}?",
    "Who is {x} the property of?",
)
_COLOUR = _aspect(
    "colour",
    r"colou?rs?|what colou?r .+ (?:is|are)",
    "color",
    "what color {x} has",
    "What color is {x}?",
    "Which color does {x} have?",
    "How would you describe the color of {x}?",
    "In what color does {x} appear?",
)

_CAPITAL = _aspect("capital", r"capital(?: city)?|seat of government", "capital", "what the capital of {x} is",
    "What is the capital of {x}?", "Which city is the seat of government of {x}?", "What city serves as the capital of {x}?", "Where does the government of {x} sit?")  # fmt: skip
_COUNTRY = _aspect("country", r"country|location|where .+ (?:is|lies)|(?:in )?(?:what|which) country .+ (?:is|lies)(?: located| situated)?(?: in)?|state|nation", "country", "in which country {x} is",
    "In which country is {x}?", "Where is {x} located?", "What country does {x} belong to?", "Where on the map do I find {x}?")  # fmt: skip
_SIGHTS = _aspect("fame", _FAMOUS.nouns + r"|landmarks?|sights?|attractions?", "most famous sight", "what {x} is famous for",
    "What is {x} famous for?", "Which landmark is {x} known for?", "What should a tourist see in {x}?", "Why do tourists visit {x}?")  # fmt: skip

ASPECTS: dict[str, tuple[Aspect, ...]] = {
    "country": (
        _CAPITAL,
        _aspect("language", r"(?:official |main |national )?languages?(?: spoken)?|tongue|what (?:language )?(?:people|they) speak in .+|(?:in )?(?:what|which) languages? .+", "official language", "what language people speak in {x}",
                "What language is spoken in {x}?", "Which language do the people of {x} speak?", "In what language do people talk to each other in {x}?", "What is the mother tongue of most people in {x}?"),
        _aspect("continent", r"continent|part of the world|region|location|where .+ (?:is|lies)|(?:on |to )?(?:what|which) continent .+", "continent", "on which continent {x} is",
                "On which continent is {x}?", "What continent is {x} part of?", "In which part of the world does {x} lie?", "Where in the world is {x} located?"),
        _aspect("currency", r"currency|money|currencies|(?:with )?(?:what|which) (?:money|currency) .+", "currency", "what currency {x} uses",
                "What is the currency of {x}?", "Which money do people pay with in {x}?", "What currency is used in {x}?", "What do you pay with when you visit {x}?"),
        _aspect("fame", _FAMOUS.nouns + r"|culture|history|attractions?|landmarks?|sights?", "most famous thing", "what {x} is famous for",
                "What is {x} famous for?", "What is {x} known for?", "Which sights attract visitors to {x}?", "Why do people travel to {x}?"),
        _aspect("food", r"food|cuisine|dish(?:es)?|what people eat in .+", "national dish", "what people eat in {x}",
                "What is a famous dish from {x}?", "What do people eat in {x}?", "Which food comes from {x}?", "What is typical of the cuisine of {x}?"),
    ),
    "region": (
        _CAPITAL, _COUNTRY, _SIGHTS,
        _aspect("largest", r"(?:largest|biggest) city|(?:what|which) (?:the )?(?:largest|biggest) city .+", "largest city", "which city is the largest in {x}",
                "What is the largest city in {x}?", "Which city in {x} has the most people?", "What is the biggest city of {x}?", "Which of the cities in {x} is the largest?"),
    ),
    "city": (
        _COUNTRY,
        _SIGHTS,
        _aspect("river", r"rivers?|which river .+", "river", "which river flows through {x}",
                "Which river flows through {x}?", "On what river does {x} lie?", "What is the name of the river in {x}?", "What water runs through the city of {x}?"),
        _aspect("language", r"languages?", "language", "what language people speak in {x}",
                "What language is spoken in {x}?", "Which language do people in {x} speak?", "In what language do the people of {x} talk?", "What do people speak in {x}?"),
    ),
    "person": (_FAMOUS, _OCCUPATION, _BORN, _BIRTHPLACE, _HOME, _PHONE, _PET, _HOBBY, _FAMILY),
    "animal": (
        _aspect("food", r"food|diet|what .+ eats?", "food", "what {x} eat",
                "What do {x} eat?", "What is the diet of {x}?", "What do {x} live on?", "Which food do {x} like best?"),
        _aspect("home", r"habitat|home|where .+ lives?", "habitat", "where {x} live",
                "Where do {x} live?", "What is the natural habitat of {x}?", "In what surroundings are {x} found?", "Which places are home to {x}?"),
        _aspect("class", r"class|family|species|kind of animal|(?:what|which) (?:kind|type|sort|class|group) of animals? .+", "animal class", "what kind of animal {x} are",
                "What kind of animals are {x}?", "To which group of animals do {x} belong?", "Are {x} mammals, birds, reptiles, fish or insects?", "How do biologists classify {x}?"),
        _aspect("young", r"young|bab(?:y|ies)|offspring|what (?:a |the )?(?:young|bab(?:y|ies))\b.+ called", "young", "what the young of {x} are called",
                "What are the young of {x} called?", "What do you call a baby of {x}?", "Which word is used for the young of {x}?", "How are the babies of {x} called?"),
        _aspect("colour", _COLOUR.nouns, "color", "what color {x} are",
                "What color are {x}?", "Which colors do {x} have?", "How would you describe the color of {x}?", "In what colors do {x} come?"),
    ),
    "work": (
        _aspect("author", _CREATOR.nouns, "author", "who created {x}",
                "Who wrote {x}?", "Who created {x}?", "By which author is {x}?", "From whose pen does {x} come?"),
        _aspect("plot", r"plot|story|content|what .+ is about|ending", "plot", "what {x} is about",
                "What is {x} about?", "What happens in {x}?", "Can you summarize the story of {x}?", "What story does {x} tell?"),
        _aspect("characters", r"(?:main )?characters?|hero(?:es)?|protagonists?|cast", "main character", "who the main character of {x} is",
                "Who is the main character of {x}?", "Which characters appear in {x}?", "Who are the heroes of {x}?", "Around whom does {x} revolve?"),
        _aspect("year", r"year|date|release|publication|when .+", "year of publication", "when {x} came out",
                "When was {x} published?", "In what year did {x} come out?", "When did {x} first appear?", "How long ago was {x} released?"),
        _aspect("genre", r"genre|kind|type|(?:what|which) genre .+|(?:what|which) (?:kind|type|sort) of (?:book|work|novel|film|movie|play|story|painting|poem) .+", "genre", "what genre {x} belongs to",
                "What genre is {x}?", "What kind of work is {x}?", "To which genre does {x} belong?", "How would you classify {x}?"),
    ),
    "organisation": (
        _aspect("founder", _CREATOR.nouns, "founder", "who founded {x}",
                "Who founded {x}?", "Who started {x}?", "By whom was {x} established?", "Whose idea was {x}?"),
        _aspect("product", r"products?|business|services?|what .+ (?:makes?|does|sells?|produces?)", "main product", "what {x} does",
                "What does {x} do?", "What products is {x} known for?", "In what business is {x}?", "What can you get from {x}?"),
        _aspect("seat", r"headquarters|seat|location|where .+ is(?: based)?|home", "headquarters", "where {x} is based",
                "Where is {x} based?", "Where are the headquarters of {x}?", "In which city does {x} have its seat?", "From where is {x} run?"),
        _aspect("year", r"year|foundation|when .+", "founding year", "when {x} was founded",
                "When was {x} founded?", "In which year did {x} begin?", "How long has {x} existed?", "Since when does {x} exist?"),
    ),
    "planet": (
        _aspect("kind", r"kind|type|sort|class|composition|(?:what|which) (?:kind|type|sort|class) of (?:planet|world|body) .+", "type", "what kind of planet {x} is",
                "What kind of planet is {x}?", "To which type of planets does {x} belong?", "Is {x} made of rock, gas or ice?", "How would an astronomer class {x}?"),
        _aspect("position", r"position|place|distance", "position in the solar system", "where {x} is in the solar system",
                "Where is {x} in the solar system?", "What is the distance of {x} from the sun?", "Which place does {x} have among the planets?", "How far away is {x}?"),
        _aspect("moons", r"moons?", "number of moons", "how many moons {x} has",
                "How many moons does {x} have?", "Does {x} have any moons?", "What moons go around {x}?", "Which moons belong to {x}?"),
        _COLOUR, _MATERIAL,
        _aspect("size", r"size|mass|diameter", "size", "how big {x} is",
                "How big is {x}?", "What is the size of {x}?", "How does the size of {x} compare with the Earth?", "What diameter does {x} have?"),
    ),
    "element": (
        _aspect("symbol", r"(?:chemical |element )?(?:symbol|sign|abbreviation|formula)", "chemical symbol", "what the symbol of {x} is",
                "What is the chemical symbol of {x}?", "How is {x} written in a formula?", "Which letters do chemists use for {x}?", "What do chemists write for {x}?"),
        _aspect("number", r"(?:atomic |element )?number(?: of protons)?|protons?|how many protons .+", "atomic number", "how many protons {x} has",
                "What is the atomic number of {x}?", "How many protons does {x} have?", "What number is {x} in the periodic table?", "In which place of the periodic table does {x} stand?"),
        _aspect("kind", r"kind|type|sort|class|group|family|(?:what|which) (?:kind|type|sort|class|group|family) of (?:element|substance|material|stuff) .+|whether .+ is a metal", "type", "what kind of element {x} is",
                "What kind of element is {x}?", "Is {x} a metal, a gas or something else?", "To which group of elements does {x} belong?", "What sort of substance is {x}?"),
        _USE, _COLOUR,
    ),
    "thing": (_USE, _MATERIAL, _CREATOR, _WHERE, _AGE, _OWNER, _COLOUR),
}  # fmt: skip

_CLUES = {
    "person": r"\b(?:he|she|actor|actress|physicist|chemist|scientist|writer|author|novelist|singer|poet|politician|painter|artist|musician|composer|philosopher|mathematician|inventor|king|queen|president|"
    r"emperor|leader|explorer|athlete|player|footballer|was born|is a (?:\w+ )?(?:man|woman|person)|his|her|lives in|works as|teacher|baker|doctor|engineer|born on)\b",
    "country": r"\b(?:is an? (?:\w+ ){0,4}(?:country|nation|republic|kingdom|island nation)|country (?:located|in)|sovereign state)\b",
    "region": r"\b(?:is an? (?:\w+ ){0,4}(?:state|province|region|county|canton) (?:located |situated )?(?:in|of)|(?:state|province) located in)\b",
    "city": r"\b(?:is (?:an? |the )(?:\w+ ){0,4}(?:city|town|village|capital|metropolis|municipality)|city (?:located|in))\b",
    "animal": r"\b(?:mammals?|species of|reptiles?|birds? |insects?|fish |animals?|amphibians?|predators?)\b",
    "work": r"\b(?:novels?|films?|movie|book|series|play by|television|video game|game|painting|song|album|fictional|franchise|written by|directed by|poem|opera|musical)\b",
    "organisation": r"\b(?:company|corporation|organi[sz]ation|brand|manufacturer|agency|institution|university|band|football club|retailer|business)\b",
    "planet": r"\b(?:planet|solar system|orbits|celestial)\b",
    "element": r"\b(?:chemical element|atomic number|periodic table|noble gas|(?:soft|silvery|heavy|precious|transition|alkali) metal)\b",
}


def kind_of(subject: str, answers: tuple[str, ...] = ()) -> str:
    """The kind of a subject: from the list of known names, from what the patient says of it, from its shape; or "thing"."""
    known = known_name(subject)
    if known:
        return known
    said = normalise(" ".join(answers))
    counts = {kind: len(re.findall(pattern, said)) for kind, pattern in _CLUES.items()}
    best = max(counts, key=lambda kind: counts[kind])
    person_shape = bool(re.fullmatch(r"(?:[A-Z][\w'.-]+ ){1,3}[A-Z][\w'-]+", subject)) and not re.search(r"\b(?:of|the|for)\b", subject)
    if person_shape and counts["person"] >= counts[best] - 1:
        return "person"
    if counts[best]:
        return best
    return "person" if person_shape or re.match(r"(?:my|our) ", subject) else "thing"


_FIRST_PERSON = {"i am": "one is", "i have": "one has", "i live": "one lives", "i do": "one does", "i like": "one likes", "i own": "one owns", "i was": "one was"}
_OWNED = (
    re.compile(r"(?:what|when|where|which|who) (?:my|our|the|.+'s|.+s') (?P<n>.+?) (?:is|are|was|were)(?: called| named)?"),
    re.compile(r"(?:what|when|which|who) the (?P<n>.+) of (?!.*['’]s? ).+? (?:is|are|was|were)"),
)
"""Indirect questions about a noun phrase ("when my birthday is", "what the capital of Peru is"): the noun alone says what is asked for."""


def aspect_of(words_of_aspect: str, kind: str = "") -> tuple[str, Aspect] | None:
    """``(kind, aspect)`` that a noun phrase or an indirect question means, looked for in ``kind`` first."""
    plain = normalise(words_of_aspect).removeprefix("the ").strip(" ?.")
    for first, third in _FIRST_PERSON.items():
        plain = re.sub(rf"\b{first}\b", third, plain)
    said = (*(owned["n"] for form in _OWNED if (owned := form.fullmatch(plain))), plain)
    order = [kind] if kind in ASPECTS else []
    order += [other for other in ("country", "person", "work", "organisation", "thing", "animal", "city", "region", "planet", "element") if other not in order]
    for each in order if not kind else order[:1]:
        for aspect in ASPECTS[each]:
            if any(re.fullmatch(rf"(?:{aspect.nouns})", form) for form in said):
                return each, aspect
    return None


def kind_from_aspect(aspect: str) -> str:
    """The kind of subject that an aspect suggests ("capital": a country), or an empty string."""
    plain = set(words(aspect))
    for kind, hints in (
        ("country", {"capital", "currency", "language", "population", "continent", "president", "flag", "anthem"}),
        ("person", {"phone", "email", "job", "wife", "husband", "birthday", "salary", "hobby", "pet", "lives", "born", "address"}),
        ("work", {"author", "plot", "ending", "characters", "wrote", "written", "director"}),
        ("organisation", {"headquarters", "founder", "ceo"}),
    ):
        if plain & hints:
            return kind
    return ""
