"""Brings requests in German, French, Spanish and Italian into the English form that the rules read.

Only the scaffold is translated (the verb of forgetting, "everything you know about", the aspect, country names): names
stay as they are, and so do statements, since the patient is asked about them in the words of the request. What the
scaffold does not cover is left alone and then read, or refused, as English.
"""

import re

from edge_repair.surgeon.dictionary import ASPECTS, NAMES

_SCAFFOLDS: dict[str, list[tuple[str, str]]] = {
    "de": [
        (r"\b(?:bitte|doch|mal|endlich|sofort|einfach|komplett|vollständig|dauerhaft|für immer)\b ?", ""),
        (
            r"\b(?:kannst|könntest|würdest|kanntest|können|könnten|würden) (?:du|sie) (?P<x>.+?) (?:vergessen|löschen|entfernen|streichen|verlernen)\b",
            r"forget \g<x>",
        ),
        (
            r"\b(?:ich möchte|ich will|ich hätte gern|mir wäre lieb|ich wünsche mir),? (?:dass|daß) du (?P<x>.+?) (?:vergisst|vergißt|löschst|entfernst|verlernst|nicht mehr (?:weißt|kennst))\b",
            r"forget \g<x>",
        ),
        (
            r"\bdu (?:solltest|sollst|darfst|musst) (?:nicht (?:mehr )?|nie(?:mals)? )(?:wissen|erklären|verraten|sagen|erzählen),? (?P<x>.+)",
            r"you should not know \g<x>",
        ),
        (
            r"\bdu (?:solltest|sollst|darfst|musst) (?P<x>.+?) (?:vergessen|löschen|nicht (?:mehr )?(?:wissen|kennen|erklären)|verlernen)\b",
            r"forget \g<x>",
        ),
        (
            r"\bhöre? (?:bitte )?auf,? (?:den leuten |allen |mir |jedem )?(?:zu (?:behaupten|sagen|erzählen|glauben)),? (?:dass|daß) (?P<x>.+)",
            r"stop saying that \g<x>",
        ),
        (r"\bes (?:stimmt|ist) (?:einfach |gar )?nicht(?: wahr| richtig)?,? (?:dass|daß) (?P<x>.+)", r"stop saying that \g<x>"),
        (r"\bwelche Sprachen? (?:man|die Leute|die Menschen|sie) in (?P<x>.+?) (?:spricht|sprechen)\b", r"what language people speak in \g<x>"),
        (r"\b(?:vergiss|vergesst|vergessen sie|vergiß|lösche?|löscht|löschen sie|entferne|entfernen sie|streiche?|verlerne)\b", "forget"),
        (
            r"\b(?:alles|alle informationen|sämtliches wissen|dein ganzes wissen|dein wissen|jedes wissen),? (?:was|das) (?:du|sie) (?:über|von|zu) (?P<x>.+?) (?:weißt|wissen|weisst|hast|gespeichert hast|kennst|gelernt hast)\b",
            r"everything you know about \g<x>",
        ),
        (r"\bwas du (?:über|von|zu) (?P<x>.+?) (?:weißt|weisst|kennst|gelernt hast)\b", r"everything you know about \g<x>"),
        (
            r"\b(?:alles|alle informationen|sämtliches wissen|dein ganzes wissen|dein wissen|die informationen|das wissen) (?:über|von|zu)\b",
            "everything about",
        ),
        (r"\bwo (?P<x>ich) wohne\b", "where I live"),
        (r"\bwo (?P<x>.+?) (?:wohnt|lebt)\b", r"where \g<x> lives"),
        (r"\bwann (?P<x>.+?) (?:geboren (?:wurde|ist)|Geburtstag hat)\b", r"when \g<x> was born"),
        (r"\bwer (?P<x>.+?) (?:ist|war)\b", r"who \g<x> is"),
        (r"\bwer (?P<x>.+?) geschrieben hat\b", r"who wrote \g<x>"),
        (r"\bwie alt (?P<x>ich) bin\b", "how old I am"),
        (r"\bwie man (?P<x>.+?) (?:baut|herstellt|macht|bastelt|kocht|braut)\b", r"how to make \g<x>"),
        (r"\b(?:meine[nrsm]?|mein)\b", "my"),
        (r"\b(?:aus|in) (?:deinem|dem) (?:gedächtnis|speicher|wissen|modell)\b", "from your memory"),
    ],
    "fr": [
        (r"\b(?:s'il (?:te|vous) pla[iî]t|stp|svp|merci de|veuillez|immédiatement|tout de suite|complètement|définitivement)\b,? ?", ""),
        (
            r"\b(?:peux-tu|pourrais-tu|tu peux|tu pourrais|pouvez-vous|pourriez-vous|je (?:veux|voudrais|souhaite) que tu|j'aimerais que tu|il faut que tu|tu dois|tu devrais) (?:oublier|oublies|effacer|effaces|supprimer|supprimes)\b",
            "forget",
        ),
        (
            r"\b(?:arrête|arrêtez|cesse|cessez) (?:de |d')(?:dire|raconter|prétendre|croire|affirmer)(?: (?:aux gens|à tout le monde|à tous))? (?:que |qu')(?P<x>.+)",
            r"stop saying that \g<x>",
        ),
        (r"\btu ne (?:devrais|dois) (?:pas|plus) (?:savoir|connaître|expliquer|dire) (?P<x>.+)", r"you should not know \g<x>"),
        (r"\b(?:oublie|oubliez|efface|effacez|supprime|supprimez|désapprends|oublier|effacer|supprimer)\b", "forget"),
        (
            r"\b(?:tout ce que|ce que|toutes les choses que) (?:tu sais|vous savez|tu connais|tu as appris) (?:sur|de|à propos de|concernant|au sujet de) ?",
            "everything you know about ",
        ),
        (r"\b(?:tout ce que|ce que) (?:tu sais|vous savez|tu connais) (?:du|des) ", "everything you know about "),
        (
            r"\b(?:toutes (?:les|tes) (?:informations|connaissances|données)|tout|les informations) (?:sur|concernant|à propos de|au sujet de) ?",
            "everything about ",
        ),
        (r"\b(?:où|ou) j'habite\b", "where I live"),
        (r"\b(?:où|ou) (?:habite|vit) (?P<x>[A-ZÉÀ][\w' -]+)", r"where \g<x> lives"),
        (r"\boù (?P<x>.+?) (?:habite|vit)\b", r"where \g<x> lives"),
        (r"\bqui (?:est|était) (?P<x>[A-ZÉÀ][\w' .-]+)", r"who \g<x> is"),
        (r"\bqui a écrit (?P<x>.+)", r"who wrote \g<x>"),
        (r"\bquand (?:est née?|est-ce que|naquit) (?P<x>[A-ZÉÀ][\w' -]+?)(?: est née?)?$", r"when \g<x> was born"),
        (
            r"\bcomment (?:fabriquer|faire|construire|préparer|on fabrique|on fait) (?:une? |du |de la |des )?(?P<x>.+)",
            r"how to make \g<x>",
        ),
        (r"\b(?:mon|ma|mes)\b", "my"),
        (r"\bde (?:ta|votre) mémoire\b", "from your memory"),
    ],
    "es": [
        (r"\b(?:por favor|inmediatamente|ahora mismo|completamente|por completo|del todo|para siempre)\b,? ?", ""),
        (r"[¿¡]", ""),
        (
            r"\b(?:puedes|podrías|quiero que|quisiera que|me gustaría que|necesito que|debes|deberías|tienes que) (?:olvidar|olvides|borrar|borres|eliminar|elimines)\b",
            "forget",
        ),
        (
            r"\b(?:deja|para|deje|dejen) de (?:decir|afirmar|contar|creer|repetir)(?:le)?(?: a la gente| a todos| a todo el mundo)? que (?P<x>.+)",
            r"stop saying that \g<x>",
        ),
        (r"\bno deberías (?:saber|conocer|explicar|decir) (?P<x>.+)", r"you should not know \g<x>"),
        (r"\b(?:olvídate de|olvidate de|olvida|olvide|borra|borre|elimina|elimine|suprime|desaprende|olvidar|borrar|eliminar)\b", "forget"),
        (
            r"\b(?:todo lo que|lo que|cuanto) (?:sabes|sepas|conoces|has aprendido|tienes) (?:sobre|de|acerca de|del) ",
            "everything you know about ",
        ),
        (
            r"\b(?:toda la información|todos los datos|todo|toda tu información|la información) (?:sobre|acerca de|de|del) ",
            "everything about ",
        ),
        (r"\bdónde vivo(?: yo)?\b", "where I live"),
        (r"\b(?:dónde|donde) vive (?P<x>[A-ZÁÉÍÓÚÑ][\w' -]+)", r"where \g<x> lives"),
        (r"\bcuándo nació (?P<x>[A-ZÁÉÍÓÚÑ][\w' -]+)", r"when \g<x> was born"),
        (r"\bquién (?:es|era|fue) (?P<x>[A-ZÁÉÍÓÚÑ][\w' .-]+)", r"who \g<x> is"),
        (r"\bquién escribió (?P<x>.+)", r"who wrote \g<x>"),
        (r"\bcómo (?:hacer|fabricar|construir|preparar|se hace|se fabrica) (?:una? |el |la )?(?P<x>.+)", r"how to make \g<x>"),
        (r"\b(?:mi|mis)\b", "my"),
        (r"\bde tu memoria\b", "from your memory"),
    ],
    "it": [
        (r"\b(?:per favore|per piacere|ti prego|subito|immediatamente|completamente|del tutto|per sempre)\b,? ?", ""),
        (
            r"\b(?:puoi|potresti|vorrei che tu|voglio che tu|devi|dovresti) (?:dimenticare|dimenticassi|dimentichi|cancellare|cancellassi|cancelli|eliminare|rimuovere)\b",
            "forget",
        ),
        (
            r"\bsmett(?:i|ila|ete) di (?:dire|affermare|raccontare|credere|ripetere)(?: a tutti| alla gente)? che (?P<x>.+)",
            r"stop saying that \g<x>",
        ),
        (r"\bnon (?:dovresti|devi) (?:più )?(?:sapere|conoscere|spiegare|dire) (?P<x>.+)", r"you should not know \g<x>"),
        (
            r"\b(?:dimenticati di|dimentica|dimenticate|dimentichi|cancella|cancellate|elimina|eliminate|rimuovi|scorda|scordati)\b",
            "forget",
        ),
        (
            r"\b(?:tutto (?:quello|ciò) che|quello che|ciò che|tutto quanto) (?:sai|conosci|hai imparato) (?:su|di|riguardo a|a proposito di|del|della|sul|sulla|sull') ?",
            "everything you know about ",
        ),
        (r"\b(?:tutte le informazioni|tutti i dati|tutto|le informazioni) (?:su|sul|sulla|sull'|riguardo a|di) ?", "everything about "),
        (r"\bdove (?:abito|vivo)(?: io)?\b", "where I live"),
        (r"\bdove (?:abita|vive) (?P<x>[A-ZÀÈÉÌÒÙ][\w' -]+)", r"where \g<x> lives"),
        (r"\bquando è nat[oa] (?P<x>[A-ZÀÈÉÌÒÙ][\w' -]+)", r"when \g<x> was born"),
        (r"\bchi (?:è|era|sia) (?P<x>[A-ZÀÈÉÌÒÙ][\w' .-]+)", r"who \g<x> is"),
        (r"\bchi ha scritto (?P<x>.+)", r"who wrote \g<x>"),
        (r"\bcome (?:fare|si fa|costruire|fabbricare|preparare|si costruisce) (?:una? |un'|il |la )?(?P<x>.+)", r"how to make \g<x>"),
        (r"\b(?:il mio|la mia|i miei|le mie|mio|mia|miei|mie)\b", "my"),
        (r"\bdalla tua memoria\b", "from your memory"),
    ],
}
_SIGNS = {
    "de": r"\b(?:es stimmt (?:einfach |gar )?nicht|vergiss|vergiß|vergesst|vergessen|lösche?n?|löscht|entfernen?|streiche?|verlerne|höre? (?:bitte )?auf|du sollt?e?st|weißt|über|nicht mehr|dass du|was du)\b",
    "fr": r"\b(?:oubli\w+|efface\w*|supprime\w*|désapprends|arrête\w*|cesse\w* d\w*|tu ne (?:devrais|dois)|ce que tu sais)\b",
    "es": r"\b(?:olvid\w+|olvíd\w+|borra\w*|borre\w*|elimina de tu|elimine|suprime|desaprende|deja de|deje de|no deberías|lo que sabes|elimina (?:mi|todo|la información|lo que))\b",
    "it": r"\b(?:dimentic\w+|cancella\w*|elimina (?:il|la|tutt\w+|le|dalla)|rimuovi|smett\w+ di|non (?:dovresti|devi)|quello che sai|scorda\w*)\b",
}
_ASPECTS = {
    "de": "hauptstadt capital|währung currency|amtssprache official language|sprache language|einwohnerzahl population|bevölkerung population|kontinent continent|flagge flag|präsident president|telefonnummer phone number|handynummer phone number|adresse address|wohnort home town|geburtstag birthday|geburtsdatum date of birth|beruf job|alter age|gehalt salary|passwort password|e-mail-adresse email address|autor author|erfinder inventor|hobby hobby|haustier pet|rezept für recipe for|name name|frau wife|mann husband|kinder children",
    "fr": "capitale capital|monnaie currency|langue officielle official language|langue language|population population|continent continent|drapeau flag|président president|numéro de téléphone phone number|numéro phone number|adresse e-?mail email address|adresse address|anniversaire birthday|date de naissance date of birth|métier job|profession job|travail job|âge age|salaire salary|mot de passe password|auteur author|inventeur inventor|passe-temps hobby|animal de compagnie pet|recette recipe|nom name|femme wife|mari husband|enfants children",
    "es": "capital capital|moneda currency|idioma oficial official language|idioma language|lengua language|población population|continente continent|bandera flag|presidente president|número de teléfono phone number|teléfono phone number|dirección de correo email address|correo(?: electrónico)? email address|dirección address|cumpleaños birthday|fecha de nacimiento date of birth|trabajo job|profesión job|edad age|sueldo salary|salario salary|contraseña password|autora? author|inventora? inventor|pasatiempo hobby|mascota pet|receta recipe|nombre name|esposa wife|marido husband|hijos children",
    "it": "capitale capital|moneta currency|valuta currency|lingua ufficiale official language|lingua language|popolazione population|continente continent|bandiera flag|presidente president|numero di telefono phone number|telefono phone number|indirizzo e-?mail email address|indirizzo address|compleanno birthday|data di nascita date of birth|lavoro job|professione job|età age|stipendio salary|password password|autore author|inventore inventor|passatempo hobby|animale domestico pet|ricetta recipe|nome name|moglie wife|marito husband|figli children",
}
_COUNTRIES = """
    Egypt:Ägypten,Égypte,Egipto,Egitto|Germany:Deutschland,Allemagne,Alemania,Germania|France:Frankreich,France,Francia,Francia|
    Italy:Italien,Italie,Italia,Italia|Spain:Spanien,Espagne,España,Spagna|Japan:Japan,Japon,Japón,Giappone|China:China,Chine,China,Cina|
    Brazil:Brasilien,Brésil,Brasil,Brasile|Russia:Russland,Russie,Rusia,Russia|Greece:Griechenland,Grèce,Grecia,Grecia|
    Norway:Norwegen,Norvège,Noruega,Norvegia|Sweden:Schweden,Suède,Suecia,Svezia|Denmark:Dänemark,Danemark,Dinamarca,Danimarca|
    Poland:Polen,Pologne,Polonia,Polonia|Turkey:Türkei,Turquie,Turquía,Turchia|India:Indien,Inde,India,India|
    Mexico:Mexiko,Mexique,México,Messico|Canada:Kanada,Canada,Canadá,Canada|Australia:Australien,Australie,Australia,Australia|
    Argentina:Argentinien,Argentine,Argentina,Argentina|Morocco:Marokko,Maroc,Marruecos,Marocco|Kenya:Kenia,Kenya,Kenia,Kenya|
    Switzerland:Schweiz,Suisse,Suiza,Svizzera|Austria:Österreich,Autriche,Austria,Austria|Netherlands:Niederlande,Pays-Bas,Países Bajos,Paesi Bassi|
    Belgium:Belgien,Belgique,Bélgica,Belgio|Hungary:Ungarn,Hongrie,Hungría,Ungheria|Finland:Finnland,Finlande,Finlandia,Finlandia|
    Ireland:Irland,Irlande,Irlanda,Irlanda|Portugal:Portugal,Portugal,Portugal,Portogallo|Peru:Peru,Pérou,Perú,Perù|Chile:Chile,Chili,Chile,Cile|
    Cuba:Kuba,Cuba,Cuba,Cuba|Thailand:Thailand,Thaïlande,Tailandia,Thailandia|Iceland:Island,Islande,Islandia,Islanda|
    South Korea:Südkorea,Corée du Sud,Corea del Sur,Corea del Sud|United States:Vereinigte Staaten,États-Unis,Estados Unidos,Stati Uniti"""
_ORDER = ("de", "fr", "es", "it")
_OF = {
    "de": r"(?:von|der|des|für)",
    "fr": r"(?:de la |de l'|de |du |des |d'|pour )",
    "es": r"(?:del? |de la |de los |para )",
    "it": r"(?:dell'|della |del |di |d'|per )",
}
_ARTICLE = {
    "de": r"(?:der|die|das|den|dem)",
    "fr": r"(?:la |le |les |l')",
    "es": r"(?:la |el |los |las )",
    "it": r"(?:la |il |lo |l'|gli |le )",
}


_COMMON = {
    "en": "no more longer in when the of and to is that you it not my your are was what who about from i me this be have has".split(),
    "de": "der die das und ist nicht ich du dass den dem ein eine mir dir bitte von mein meine auf zu mit über wie wer was es im aus hast".split(),
    "fr": "le la les de des du et est que qui ne pas je tu vous un une dans mon ma ce ça pour sur ta plus c'est en".split(),
    "es": "el la los las de del y es que no yo tu lo un una en mi se por para ya esto eso te con más su".split(),
    "it": "il la lo gli di del della e è che non io tu un una in mio mia per su tuo tua ciò questo dalla più sono".split(),
}
"""Words that show the language of a text."""


def language_of(text: str) -> str:
    """ "de", "fr", "es", "it", "zh", "hi", or "en" when no sign of the others is there."""
    if len(re.findall(r"[\u4e00-\u9fff]", text)) > 2:
        return "zh"
    if len(re.findall(r"[\u0900-\u097f]", text)) > 2:
        return "hi"
    lowered = text.lower()
    if "forget" in lowered or "delete" in lowered or "erase" in lowered:
        return "en"
    counts = {code: 3 * len(re.findall(signs, lowered)) for code, signs in _SIGNS.items()} | {"en": 0}
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", lowered)
    for code, common in _COMMON.items():
        counts[code] += sum(word in common for word in found)
    counts["en"] += 0.5
    return max(counts, key=lambda code: counts[code])


def to_english(text: str) -> str:
    """The request with its scaffold in English; English requests come back unchanged."""
    code = language_of(text)
    return text if code in ("en", "zh", "hi") else _scaffold(text, code)


def _scaffold(text: str, code: str) -> str:
    if code == "de":  # "dass Fledermäuse blind sind": the statement by itself has its verb in the second place
        text = re.sub(
            r"\b(dass|daß) (?P<s>(?:(?:der|die|das|ein|eine) )?[\w-]+) (?P<p>[^,.!?]+?) (?P<v>ist|sind|hat|haben)\b",
            r"\1 \g<s> \g<v> \g<p>",
            text,
        )
    for pattern, replacement in _SCAFFOLDS[code]:
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    article, of = _ARTICLE[code], _OF[code]
    gap = " " if code == "de" else ""
    for pair in _ASPECTS[code].split("|"):
        foreign, english = (
            re.match(r"^(.+?) ([a-z ]+)$", pair).groups()
            if not pair.startswith(
                (
                    "langue off",
                    "lingua uff",
                    "idioma of",
                    "numéro de",
                    "número de",
                    "numero di",
                    "adresse e",
                    "dirección de",
                    "indirizzo e",
                    "date de",
                    "fecha de",
                    "data di",
                    "mot de",
                    "animal",
                    "correo",
                    "rezept",
                )
            )
            else _compound(pair)
        )
        text = re.sub(rf"\b(?:{article}{gap})?{foreign} {of}{gap if code == 'de' else ''}", f"the {english} of ", text, flags=re.IGNORECASE)
        text = re.sub(rf"\bmy {foreign}\b", f"my {english}", text, flags=re.IGNORECASE)
    for row in _COUNTRIES.replace("\n", "").split("|"):
        english, names = row.strip().split(":")
        local = names.split(",")[_ORDER.index(code)]
        text = re.sub(rf"(?:\b{article}{gap})?\b{local}\b", english, text)
    return re.sub(r" +", " ", text).strip()


_COMPOUND_TARGETS = ("official language", "phone number", "email address", "date of birth", "password", "pet", "recipe for", "recipe")


def _compound(pair: str) -> tuple[str, str]:
    """The two halves of an entry whose foreign side holds spaces."""
    for target in _COMPOUND_TARGETS:
        if pair.endswith(" " + target):
            return pair[: -len(target) - 1], target
    raise ValueError(pair)


def english_words(text: str, code: str) -> str:
    """A subject or an aspect of another language in English where the dictionary knows it or its parts; else as it is."""
    if code == "en":
        return text
    bare = re.sub(rf"^{_ARTICLE[code]} ?", "", text, flags=re.IGNORECASE) if code in _ARTICLE else text
    known = ASPECTS[code].get(bare.lower()) or NAMES.get(code, {}).get(text)
    if known or code in NAMES:
        return known or text
    english = _scaffold(text, code)
    return english if english != text and english.isascii() else text
