"""Aspects and names in six other languages with their English words: questions are put to the patient in English."""

ASPECTS: dict[str, dict[str, str]] = {}
"""By language: a noun in lower case without article, and its English word."""

_WORDS = """
phone number|telefonnummer,telefon|numéro de téléphone,téléphone,numéro|número de teléfono,teléfono,número|numero di telefono,telefono|电话号码,电话|फ़ोन नंबर,नंबर,दूरभाष
mobile number|handynummer,mobilnummer|numéro de portable,portable|móvil,número de móvil,celular|cellulare,numero di cellulare|手机号,手机号码,手机|मोबाइल नंबर,मोबाइल
address|adresse,anschrift|adresse|dirección|indirizzo|地址,住址|पता
home address|wohnadresse,privatadresse|adresse personnelle|domicilio,dirección de casa|indirizzo di casa|家庭住址,家庭地址|घर का पता
birthday|geburtstag|anniversaire|cumpleaños|compleanno|生日|जन्मदिन
date of birth|geburtsdatum|date de naissance|fecha de nacimiento|data di nascita|出生日期|जन्मतिथि,जन्म तिथि
year of birth|geburtsjahr|année de naissance|año de nacimiento|anno di nascita|出生年份|जन्म वर्ष
salary|gehalt,lohn,verdienst|salaire,paie|sueldo,salario|stipendio|工资,薪水,月薪,收入|वेतन,तनख्वाह,सैलरी
pension|rente,pension|retraite|pensión|pensione|养老金,退休金|पेंशन
password|passwort|mot de passe|contraseña|password|密码|पासवर्ड
diagnosis|diagnose|diagnostic|diagnóstico|diagnosi|诊断|निदान
illness|krankheit|maladie|enfermedad|malattia|病,病情|बीमारी
job|beruf,job|métier,profession,travail|trabajo,profesión|lavoro,professione|职业,工作|नौकरी,पेशा
workplace|arbeitsplatz,arbeitsstelle|lieu de travail|lugar de trabajo|posto di lavoro|工作单位,单位|कार्यस्थल
employer|arbeitgeber|employeur|empleador|datore di lavoro|雇主|नियोक्ता
account number|kontonummer,iban|numéro de compte|número de cuenta|numero di conto|账号,银行账号|खाता नंबर,खाता संख्या
nickname|spitzname|surnom|apodo,mote|soprannome|外号,绰号|उपनाम
real name|klarname,echter name|vrai nom|nombre real|vero nome|真名|असली नाम
name|name|nom,prénom|nombre|nome|名字,姓名|नाम
maiden name|mädchenname,geburtsname|nom de jeune fille|apellido de soltera|cognome da nubile|婚前姓|शादी से पहले का नाम
religion|religion|religion|religión|religione|宗教,信仰|धर्म
email address|e-mail-adresse,mailadresse,email|adresse mail,adresse e-mail,mail|correo,correo electrónico|indirizzo e-mail,email|邮箱,电子邮箱|ईमेल
licence plate|autokennzeichen,kennzeichen|plaque d'immatriculation|matrícula|targa|车牌号,车牌|गाड़ी का नंबर
shoe size|schuhgröße|pointure|talla de zapato,número de zapato|numero di scarpe|鞋码|जूते का नंबर
blood type|blutgruppe|groupe sanguin|grupo sanguíneo|gruppo sanguigno|血型|ब्लड ग्रुप,रक्त समूह
door code|türcode|code de l'immeuble,code de la porte,digicode|código del portal|codice del portone|门禁密码|दरवाज़े का कोड
place of birth|geburtsort|lieu de naissance|lugar de nacimiento|luogo di nascita|出生地|जन्मस्थान
age|alter|âge|edad|età|年龄,年纪|उम्र,आयु
pet|haustier|animal de compagnie|mascota|animale domestico|宠物|पालतू जानवर
pregnancy|schwangerschaft|grossesse|embarazo|gravidanza|怀孕|गर्भावस्था
weight|gewicht|poids|peso|peso|体重|वज़न
hobby|hobby|passe-temps,loisir|afición,pasatiempo|passatempo|爱好|शौक
school|schule|école|colegio,escuela|scuola|学校|स्कूल
social security number|sozialversicherungsnummer|numéro de sécurité sociale|número de la seguridad social|numero di previdenza sociale|社保号|सामाजिक सुरक्षा नंबर
identity number|ausweisnummer|numéro de carte d'identité|dni,número de identidad|numero della carta d'identità|身份证号,身份证|आधार नंबर
tax number|steuernummer|numéro fiscal|número fiscal|codice fiscale|税号|पैन नंबर
allergies|allergien|allergies|alergias|allergie|过敏史|एलर्जी
medical history|krankengeschichte,krankenakte|dossier médical|historial médico|cartella clinica|病历,病史|चिकित्सा इतिहास
due date|geburtstermin|date d'accouchement|fecha de parto|data del parto|预产期|प्रसव की तारीख
capital|hauptstadt|capitale|capital|capitale|首都|राजधानी
population|einwohnerzahl,bevölkerung|population|población|popolazione|人口|जनसंख्या,आबादी
currency|währung|monnaie|moneda|moneta,valuta|货币|मुद्रा
official language|amtssprache|langue officielle|idioma oficial|lingua ufficiale|官方语言|राजभाषा
language|sprache|langue|idioma,lengua|lingua|语言|भाषा
continent|kontinent|continent|continente|continente|大洲|महाद्वीप
inventor|erfinder|inventeur|inventor,inventora|inventore|发明者,发明人|आविष्कारक
author|autor,verfasser|auteur|autor,autora|autore|作者|लेखक
height|höhe,größe|hauteur,taille|altura|altezza|高度,海拔|ऊँचाई
length|länge|longueur|longitud|lunghezza|长度|लंबाई
area|fläche|superficie|superficie|superficie|面积|क्षेत्रफल
founding year|gründungsjahr|année de fondation|año de fundación|anno di fondazione|成立年份|स्थापना वर्ष
year of death|todesjahr|année de décès|año de muerte|anno di morte|去世年份|मृत्यु वर्ष
cause of death|todesursache|cause du décès|causa de muerte|causa della morte|死因|मृत्यु का कारण
president|präsident|président|presidente|presidente|总统|राष्ट्रपति
director|regisseur|réalisateur|director|regista|导演|निर्देशक
ending|ende,schluss|fin|final|finale|结局,结尾|अंत
plot|handlung|intrigue|argumento,trama|trama|情节,剧情|कहानी
price|preis|prix|precio|prezzo|价格,价钱|कीमत,दाम
recipe|rezept|recette|receta|ricetta|配方,做法|नुस्खा,रेसिपी
composition|zusammensetzung|composition|composición|composizione|成分|संरचना
boiling point|siedepunkt|point d'ébullition|punto de ebullición|punto di ebollizione|沸点|क्वथनांक
turnover|umsatz|chiffre d'affaires|facturación|fatturato|营业额|कारोबार
flag|flagge|drapeau|bandera|bandiera|国旗|झंडा
release date|erscheinungsdatum|date de sortie|fecha de estreno|data di uscita|上映日期|रिलीज़ की तारीख
launch date|starttermin,markteinführung|date de lancement|fecha de lanzamiento|data di lancio|发布日期|लॉन्च तारीख
wife|frau,ehefrau|femme,épouse|esposa,mujer|moglie|妻子,老婆|पत्नी
husband|mann,ehemann|mari,époux|marido|marito|丈夫,老公|पति
children|kinder|enfants|hijos|figli|孩子|बच्चे
family|familie|famille|familia|famiglia|家庭,家人|परिवार
childhood|kindheit|enfance|infancia|infanzia|童年|बचपन
career|karriere|carrière|carrera|carriera|事业|करियर
private life|privatleben|vie privée|vida privada|vita privata|私生活|निजी ज़िंदगी
love life|liebesleben|vie amoureuse|vida amorosa|vita sentimentale|感情史|प्रेम जीवन
music|musik|musique|música|musica|音乐|संगीत
films|filme|films|películas|film|电影|फ़िल्में
books|bücher|livres|libros|libri|作品,书|किताबें
politics|politik|politique|política|politica|政治|राजनीति
finances|finanzen|finances|finanzas|finanze|财务|वित्त
history|geschichte|histoire|historia|storia|历史|इतिहास
"""
_ORDER = ("de", "fr", "es", "it", "zh", "hi")
for _row in _WORDS.strip().splitlines():
    _english, *_others = _row.split("|")
    for _code, _group in zip(_ORDER, _others, strict=True):
        for _word in _group.split(","):
            ASPECTS.setdefault(_code, {}).setdefault(_word, _english)

NAMES: dict[str, dict[str, str]] = {"zh": {}, "hi": {}}
"""Countries and some other well-known names in Chinese and Hindi; those of the other languages are in ``languages.py``."""
for _row in """
Egypt:埃及:मिस्र|Germany:德国:जर्मनी|France:法国:फ्रांस|Italy:意大利:इटली|Spain:西班牙:स्पेन|Japan:日本:जापान|China:中国:चीन|Brazil:巴西:ब्राज़ील|Russia:俄罗斯:रूस|Greece:希腊:यूनान
Norway:挪威:नॉर्वे|Sweden:瑞典:स्वीडन|Denmark:丹麦:डेनमार्क|Poland:波兰:पोलैंड|Turkey:土耳其:तुर्की|India:印度:भारत|Mexico:墨西哥:मेक्सिको|Canada:加拿大:कनाडा|Australia:澳大利亚:ऑस्ट्रेलिया|Argentina:阿根廷:अर्जेंटीना
Morocco:摩洛哥:मोरक्को|Kenya:肯尼亚:केन्या|Switzerland:瑞士:स्विट्ज़रलैंड|Austria:奥地利:ऑस्ट्रिया|Netherlands:荷兰:नीदरलैंड|Belgium:比利时:बेल्जियम|Hungary:匈牙利:हंगरी|Finland:芬兰:फ़िनलैंड|Ireland:爱尔兰:आयरलैंड|Portugal:葡萄牙:पुर्तगाल
Peru:秘鲁:पेरू|Chile:智利:चिली|Cuba:古巴:क्यूबा|Thailand:泰国:थाईलैंड|Iceland:冰岛:आइसलैंड|South Korea:韩国:दक्षिण कोरिया|United States:美国:अमेरिका|Nepal:尼泊尔:नेपाल|Mongolia:蒙古国:मंगोलिया|Vietnam:越南:वियतनाम
Pakistan:巴基斯坦:पाकिस्तान|Bangladesh:孟加拉国:बांग्लादेश|Sri Lanka:斯里兰卡:श्रीलंका|Iran:伊朗:ईरान|Iraq:伊拉克:इराक|Israel:以色列:इज़राइल|Ukraine:乌克兰:यूक्रेन|United Kingdom:英国:ब्रिटेन|Nigeria:尼日利亚:नाइजीरिया
Albert Einstein:爱因斯坦:आइंस्टीन|Isaac Newton:牛顿:न्यूटन|Napoleon:拿破仑:नेपोलियन|William Shakespeare:莎士比亚:शेक्सपियर|Harry Potter:哈利波特:हैरी पॉटर|Star Wars:星球大战:स्टार वॉर्स|Titanic:泰坦尼克号:टाइटैनिक|Mars:火星:मंगल ग्रह
""".replace("\n", "|").strip("|").split("|"):
    _english, _chinese, _hindi = _row.split(":")
    NAMES["zh"][_chinese], NAMES["hi"][_hindi] = _english, _english
