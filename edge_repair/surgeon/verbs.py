"""Verbs by which a statement is recognised, and their irregular past forms."""

IRREGULAR_PAST = {
    "wrote": "write", "made": "make", "went": "go", "came": "come", "ate": "eat", "said": "say", "took": "take",
    "won": "win", "built": "build", "found": "find", "knew": "know", "grew": "grow", "drew": "draw", "began": "begin",
    "left": "leave", "led": "lead", "taught": "teach", "bought": "buy", "sang": "sing", "spoke": "speak", "met": "meet",
    "did": "do", "got": "get", "gave": "give", "kept": "keep", "held": "hold", "fought": "fight", "lost": "lose", "sold": "sell",
    "fell": "fall", "flew": "fly", "saw": "see", "ran": "run", "sank": "sink", "stole": "steal", "thought": "think",
    "drove": "drive", "slept": "sleep", "died": "die", "shot": "shoot", "sent": "send", "spent": "spend", "told": "tell",
    "bit": "bite", "brought": "bring", "caught": "catch", "dug": "dig", "felt": "feel", "fled": "flee", "froze": "freeze", "hid": "hide", "hung": "hang", "laid": "lay",
    "lent": "lend", "meant": "mean", "rang": "ring", "rode": "ride", "shook": "shake", "shone": "shine", "slid": "slide", "spun": "spin", "stood": "stand", "stuck": "stick",
    "stung": "sting", "struck": "strike", "swore": "swear", "tore": "tear", "threw": "throw", "understood": "understand", "woke": "wake", "wove": "weave", "burnt": "burn",
    "forgot": "forget", "drank": "drink", "bred": "breed", "fed": "feed", "forbade": "forbid", "sprang": "spring",
    "wore": "wear", "swam": "swim", "rose": "rise", "chose": "choose", "broke": "break", "became": "become", "paid": "pay",
}  # fmt: skip
VERBS = frozenset(
    """
    absorb accept accuse achieve act adapt add admit adopt advise affect agree allow announce answer appear apply
    argue arrange arrest arrive ask assume attach attack attend attract avoid bake ban bank bark beat become beg
    begin behave believe belong bend bet bind bite bleed bless blink block bloom blow boast boil boost border borrow
    bother bounce breathe breed brew bring broadcast brush build burn burrow burst bury buy calculate call calm care
    carry carve cast catch cause celebrate change chase cheer charge chew choke choose claim clap clean climb cling close
    coach collapse collect collide combine come commit communicate commute compare compete complain complete compose
    concern conduct confess confuse connect conquer consist contain continue contract contradict convert convince cook cool
    cost cough count crack crash crawl create creep criticise croak cross crush cry cultivate cure damage dance dare
    decide decline decorate defeat defend deliver demand deny depend describe deserve destroy develop devour die dig
    direct disappear discover disprove dissolve divide divorce drain drink drive drop drown dry earn eat educate
    elect emerge emit employ enable encourage end endure enjoy enter equal erupt escape establish evaporate evolve
    exceed exchange exhale exist expand expect explain explode explore export express extend fade fail fake fall fear
    feed feel ferment fight fill filter find finish fit fix flee float flourish flow fly follow fool forbid forget
    forgive found freeze frighten frown fulfil gain gallop gamble gather generate get give gleam glide glow go govern
    grab grant graze greet grind grip grow growl grunt guess handle hang happen harm harvest hatch hate haunt have
    heal hear help hibernate hide hire hiss hit hold hop host hover howl hug hunt hurry hurt ignore imagine imitate
    immigrate implement imply import impress improve include increase infect influence inform inhabit inhale inherit
    inject inspire install insulate insult intend introduce invade invent invest investigate invite involve irritate
    itch join jump justify keep kick kidnap kill kiss kneel knit knock know lack last laugh launch lay lead lean leap
    learn leave lend license lick lie lift like listen live look lose love lower maintain make manage march marry
    match mate mean measure meet melt mention migrate miss mix molt moult mourn move name need neglect nibble notice
    nourish obey observe obtain occur open operate oppose orbit organise originate outlive owe own paint pant park
    pay peck peel perch perform persuade pick pierce play pollinate pollute possess pour practice practise praise
    pray preach predict prefer prepare preserve pretend prevent proceed produce promise promote pronounce propose
    protect prove provide publish pull punish purr put qualify quarrel quit radiate raise reach react read realise
    receive recite recognise recommend recover recycle reduce refer reflect refuse regenerate regrow reign reject
    rely remain remember remind remove rent repair repeat repel replace reply represent reproduce request require
    rescue resemble resign resist retire return reveal revolve rhyme rinse ripen rise roar rob rot rotate rub rule
    run save say scare scavenge scratch scream search secrete see seek seem sell send separate serve set settle shake
    share shave shed shine shiver shock shoot shop shout show shrink shut sing sink sip sit sleep slide smell smoke
    sneeze snore soak soar solve sound spawn speak spell spend spin spit spoil spread sprout squeak squeeze stalk
    stand stare start starve stay steal steer stick sting stir stop store strangle strike struggle study stunt
    succeed suck sue suffer suggest suit support suppose surround survive suspect swallow swarm sweat sweep swell
    swim swing take tame taste teach tear tell tempt tend thank think threaten thrive throw tickle touch train
    transfer transform translate travel treat tremble trigger try turn twist understand unite upset use vacation
    vanish vibrate violate visit volunteer vomit vote wait wake walk wander want warm warn weaken wear weave wed weep
    weigh whisper win wither work worship wrap wreck write yawn yell yield
    """.split()
)
"""Base forms. Left out are those that are nouns more often ("land", "light"): they would cut noun phrases."""
