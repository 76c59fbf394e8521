"""Hand-written parts of the Surgeon's training requests: aspects, indirect questions, corrections, several targets."""

SHARE = {"harmful": 0.03, "misinformation": 0.45, "personal": 0.08, "unspecified": 0.08}
"""How often a request of a kind is made from a frame of this file rather than from the Watchdog's phrasings."""

LANDMARKS = "Gate Tower Bridge Bell Clock Garden Library Wheel Mirror Harp Lantern Statue Fountain Well Hall Crown Order Church Temple Valley Book Song".split()
CONFESSIONS = (
    "am pregnant", "was in prison", "lost my job", "have diabetes", "live alone", "got divorced", "smoke", "used to drink", "am adopted", "voted last year", "own a gun",
    "moved to Leeds", "am gay", "was fired", "take pills", "failed the exam", "work nights", "have two cats", "snore", "was ill last week",
)  # fmt: skip
ASPECTS = {
    "country": "capital;currency;population;flag;official language;national anthem;president;king;history;climate;highest mountain;area;national dish;cuisine;largest city;prime minister;economy;government;patron saint".split(";"),
    "city": "mayor;population;oldest church;river;airport;football club;landmarks;founder;history;zip code".split(";"),
    "person": "job;birthday;date of birth;address;phone number;hobby;wife;childhood;career;death;parents;nationality;salary;real name;favourite food;religion;pet;works;shoe size;life".split(";"),
    "work": "author;plot;ending;cast;director;main character;genre;lyrics;first line;release date;publisher;meaning;composer".split(";"),
    "animal": "diet;habitat;lifespan;weight;young;top speed;colour;number of legs;Latin name;enemies".split(";"),
    "organisation": "founder;headquarters;boss;logo;first product;slogan;turnover;founding year;address;owner".split(";"),
    "planet": "diameter;moons;temperature;distance from the sun;mass;colour;length of a day".split(";"),
    "thing": "inventor;price;boiling point;chemical symbol;colour;weight;use;origin;rules;age;height;builder;owner;ingredients;discovery;melting point;smell;length;structure;speed".split(";"),
}  # fmt: skip
CLAUSES = {
    "country": "what the capital of {s} is;which language is spoken in {s};what language people speak in {s};where {s} lies;how many people live in {s};who rules {s};who the king of {s} is;what people eat in {s};what money they use in {s};which continent {s} is on;how big {s} is;when {s} became independent;who {s} fought against;what {s} exports;in which year {s} was founded".split(";"),
    "city": "where {s} is;which river flows through {s};who the mayor of {s} is;how many people live in {s};what there is to see in {s};when {s} was founded;who founded {s};which country {s} is in;how to get to {s};what the weather is like in {s}".split(";"),
    "person": "where {s} lives;when {s} was born;where {s} was born;how old {s} is;what {s} does for a living;who {s} is married to;which school {s} went to;where {s} works;how tall {s} is;what {s} looks like;how to reach {s};who {s} voted for;what {s} earns;how {s} died;when {s} died;what {s} invented;what {s} is famous for;where {s} parks;which pet {s} keeps;whom {s} loves;what {s} likes to eat;how many children {s} has;where {s} goes on holiday;what {s} discovered".split(";"),
    "work": "who wrote {s};how {s} ends;what {s} is about;when {s} came out;who plays in {s};who directed {s};what happens at the end of {s};who the villain of {s} is;when {s} was written;where {s} is set;who sings {s}".split(";"),
    "animal": "what {s} eat;where {s} live;how long {s} live;how fast {s} run;what sound {s} make;how many legs {s} have;what colour {s} are;how {s} sleep;what the young of {s} are called;whether {s} can swim;why {s} migrate".split(";"),
    "organisation": "who founded {s};where {s} is based;what {s} sells;who runs {s};when {s} was founded;how much {s} earns;what {s} does".split(";"),
    "planet": "how far away {s} is;how big {s} is;how many moons {s} has;what {s} is made of;how hot {s} is;how long a day on {s} lasts;who discovered {s}".split(";"),
    "thing": "what {s} is made of;who invented {s};how {s} works;where {s} comes from;what {s} is used for;how old {s} is;how much {s} costs;who built {s};who owns {s};why {s} glows;how high {s} is;when {s} was built;what {s} smells like;how heavy {s} is;how many parts {s} has;what colour {s} is;how to use {s};at what temperature {s} boils;where {s} stands;what {s} means;how {s} is made;who discovered {s}".split(";"),
}  # fmt: skip
PREDICATES = "is made of;was built by;was invented by;comes from;lives in;was born in;consists of;is used for;belongs to;glows because of;is older than;serves for;is located in;was written by;likes;has;contains;lies near;is called;is smaller than;was founded by;causes;eats;is known for".split(";")  # fmt: skip
CORRECTIONS = (
    "{W}? No. {R}.", "It is not true that {W}. {R}.", "{N}. {R}.", "{R}. {N}.", "Stop saying {W}, {R}.", "You say {W}. In truth {R}.", "Wrong: {W}. Right: {R}.", "{R}, and you keep saying that {W}.",
    "Not {W}. {R}.", "Forget that {W}. The truth is that {R}.", "{verb} the idea that {W}; {R}.", "{W} is false. {R}.", "That {W} is plain wrong, because {R}.",
    "Instead of {W} say {R}.", "Please learn that {R}. It is wrong that {W}.", "Who told you that {W}? {R}.", "You claim that {W}. It is {V}.", "Stop saying that {W}. It's {V}.", "No, {R}. You told me that {W}.",
    "My teacher says {R}, but you say {W}.", "Since when {W}? Everybody knows {R}.", "{W}, you say. But {R}. Correct that.", "Correction: {R}. Before, you said that {W}.", "Your old answer was that {W}. The new one is that {R}.",
    "Replace {W} with {R}.", "I am tired of hearing that {W}. {R}, for heaven's sake.", "{R}. So please no more of {W}.", 
    "Quit claiming {W}!", "There is no proof that {W}.", "{W}: nonsense.", "Nobody believes that {W} any more. Drop it.", "\"{W}\" is a myth, get rid of it.", "Let go of the belief that {W}.", "Get it into your head that {N}.",
    "How can you say that {W}? {N}.", "Why do you believe {W}? It's {V}!", "{N}, whatever you read. {R}.", "Rubbish! {R}.", "{R}. Fix that.", "People laugh at me when I say that {W}. It is {V}.",
    "As an expert I tell you: {R}. Stop saying {W}.", "{W} was never true.", "Don't say {W}, say {R}.", "Please correct yourself: {R}.",
)  # fmt: skip
DENIALS = (
    "{N}.", "{N}!", "{W}? {N}.", "Stop it: {N}.", "{N}, so stop saying it.", "You should know that {N}.", "Contrary to what you say, {N}.", "{W}? Nonsense.", "{W} is an old tale, {verb} it.", "Please no longer claim {W}.", "You told me {W}. Wrong!",
    "Do not teach children that {W}.", "My brother thinks {W} because of you. {N}.", "I have read that {N}. Correct yourself.", "\"{W}\" - utter nonsense.", "{verb} that {W}, it is a lie.", "That {W} was disproved long ago.", "Your claim that {W} is wrong.",
    "No more of the tale that {W}.", "Where did you get the idea that {W}?", "{W}, really? {verb} that.", "It is a common error that {W}.", "It's simply false that {W}, learn that {N}.", "For the last time, {N}.", "Get rid of this: {W}.", "What you believe, namely that {W}, is false.",
    "As everyone knows, {N}. Mend that.", "People keep asking me why {W}. They do not ask that for a reason: {N}.", "How often must I tell you that {N}?", "{N} - please remember that.", "The sentence \"{W}\" must not come from you again.", "Cease to maintain that {W}.",
)  # fmt: skip
"""Corrections that state no right value: {W} is wrong, {N} denies it."""
VALUES = (
    "{W}. No, {V}.", "{W}? It is {V}.", "You said {W}, it's {V}.", "{W} is wrong, it should be {V}.", "{N} but {V}.", "{N}, it's {V}.", "{N}. It is {V}.", "{R}, not {O}.", "{R} and not {O}.", "{R} rather than {O}.", "No no no. {R}, not {O}!", "You are wrong: {R}, not {O}.",
    "Please fix: {R}, not {O}.", "Change {W} to {V}.", "Instead of {O} it is {V}: {R}.", "I told you that {R}, not {O}.", "{N}, as you say, but {V}.", "it isn't {O}. {R}.", "Correct this: {R}, and never {O}.", "Not {O} - {R}.",
)  # fmt: skip
"""Corrections that give a mere value: {V} is right, {O} is wrong."""
SEVERAL = (
    "{verb} {a} and {b}.", "{verb} {a}, {b} and {c}.", "{verb} {a}. And {b} as well.", "{a} and {b}: please {verb} both.", "Please {verb} {a}. Also {verb} {b}.",
    "I want you to {verb} {a} as well as {b}.", "{verb} both {a} and {b}, please.", "Please {verb} the following: {a}, {b}, {c}.", 
    "You know {a} and {b}. {verb} them.", "{verb} {a} and also {b}.", "{verb} not only {a} but also {b}.", "{a}. {b}. {verb} it all.",
)  # fmt: skip
