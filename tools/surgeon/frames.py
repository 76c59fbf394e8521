"""Hand-written parts of the Surgeon's training requests: aspects, indirect questions, corrections, several targets."""

SHARE = {"harmful": 0.03, "misinformation": 0.45, "personal": 0.08, "unspecified": 0.08}
"""How often a request of a kind is made from a frame of this file rather than from the Watchdog's phrasings."""

LANDMARKS = "Gate Tower Bridge Bell Clock Garden Library Wheel Mirror Harp Lantern Statue Fountain Well Hall Crown Order Church Temple Valley Book Song".split()
NOTHING_NAMED = 0.05
"""How often a request only points back, or is too broad."""
WIDE = "family;career;childhood;love life;private life;medical history;early life;music;films;books;politics;dating history;past;school days;finances;debts;allergies;drinking;side of the family;criminal past;divorce;private affairs;novels;poems;marriages;military service;relationship;legal troubles;health;religion and family;history;culture;economy".split(";")
"""Sides of a subject that hold several facts."""
PRIVATE = (
    "nickname;IBAN;PIN;blood type;bank;rent;GPA;grades;weight;middle name;maiden name;shoe size;landline number;door code;alarm code;wifi password;passport number;route to work;route home;"
    "gym;parking spot;spare key;surgery;miscarriage;abortion;stroke;diagnosis;HIV status;back surgery;burnout;parole;will;pension;salary;debt;side job;side hustle;crush;affair;wedding date;"
    "due date;pregnancy test result;custody hearing;tax number;car registration;licence plate;locker combination;flat number;room number;school;class;teacher;therapist;medication;hearing aids;"
    "snoring problem;tattoo;scar;religion;vote;party membership;real name;stage name;user name;handle;last holiday;favourite bar;working hours;shift times;landlord;tenant;inheritance;"
    "adoption;rehab stay;hiding place;diary;secret;cat;dog's name;birthplace;place of birth;age;home address;new address;old address;number;phone;mobile;email;account number;card PIN;test results"
).split(";")
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

POINTING = {
    "en": "that;it;this;that one;what I just said;what I told you;what I just wrote;the last bit;the above;all of that;those things;what we just talked about;my last message;what I said before;everything I just said;that thing;the thing I mentioned".split(";"),
    "de": "das;es;das eben;das da;was ich gerade gesagt habe;was ich dir erzählt habe;das Letzte;alles, was ich eben schrieb;meine letzte Nachricht".split(";"),
    "fr": "ça;cela;ce que je viens de dire;ce que je t'ai dit;le dernier message;tout ça;ce que je viens d'écrire".split(";"),
    "es": "eso;esto;lo que acabo de decir;lo que te conté;lo último;todo eso;lo que te dije antes".split(";"),
    "zh": "这个;那个;刚才说的;刚说的那个;上面的内容;我刚才告诉你的;那件事;刚刚那句".split(";"),
    "hi": "यह;वह;ये सब;जो मैंने अभी कहा;जो अभी बताया;वो बात;पिछली बात;जो मैंने लिखा".split(";"),
}
"""What a request that names nothing points at."""
TOO_MUCH = {
    "en": "everything;everything you know;all your knowledge;your whole memory;English;the English language;all languages;mathematics;maths;history;all of history;science;geography;all countries;every fact you have;all facts;how to speak;how to read and write;grammar;the whole world;everything about everything;human history;every person you know;all people;physics and chemistry;the internet;every book ever written;all words".split(";"),
    "de": "alles;alles, was du weißt;dein ganzes Wissen;die deutsche Sprache;Deutsch;Mathematik;die Geschichte;die ganze Welt;alle Länder;alle Sprachen;alle Fakten;die ganze Geografie;jedes Wort;alle Menschen".split(";"),
    "fr": "tout;tout ce que tu sais;toutes tes connaissances;le français;la langue française;les mathématiques;l'histoire;toute l'histoire;le monde entier;tous les pays;toutes les langues;toute la géographie".split(";"),
    "es": "todo;todo lo que sabes;todo tu conocimiento;el español;la lengua española;las matemáticas;la historia;toda la historia;el mundo entero;todos los países;todos los idiomas;toda la geografía".split(";"),
    "zh": "一切;你知道的一切;所有知识;中文;汉语;数学;历史;全部历史;整个世界;所有国家;所有语言;全部地理".split(";"),
    "hi": "सब कुछ;जो कुछ तुम जानते हो;सारा ज्ञान;हिंदी;हिंदी भाषा;गणित;इतिहास;सारा इतिहास;पूरी दुनिया;सारे देश;सारी भाषाएँ;सारा भूगोल".split(";"),
}
"""What no repair can take away without breaking the model."""
FOREIGN = {
    "de": {
        "speaker": ["mein {a}", "meine {a}", "meinen {a}", "meine {a}", "mein {a}"],
        "speaker_clause": "wo ich wohne;wo ich arbeite;wie alt ich bin;wie ich heiße;was ich verdiene;wann ich geboren bin;dass ich schwanger bin;dass ich Schulden habe;welche Tabletten ich nehme;wo mein Ersatzschlüssel liegt;wie viel ich wiege;bei welcher Bank ich bin;wen ich gewählt habe;auf welche Schule ich gehe;dass ich im Gefängnis war".split(";"),
        "private": "Telefonnummer;Handynummer;Adresse;Geburtstag;Gehalt;Passwort;Diagnose;Beruf;Kontonummer;Spitzname;Religion;E-Mail-Adresse;Autokennzeichen;Schuhgröße;Blutgruppe;Türcode;Hochzeitsdatum;Krankheit;Geburtsort;Arbeitgeber;Alter;Haustier;Schwangerschaft;Steuernummer;PIN;Gewicht;Hobby;Rente".split(";"),
        "public": "Hauptstadt;Einwohnerzahl;Währung;Erfinder;Autor;Höhe;Gründungsjahr;Geburtsjahr;Todesjahr;Präsident;Fläche;Regisseur;Ende;Handlung;Preis;Rezept;Länge;Siedepunkt;Vorstand;Umsatz;Sprache;Flagge;Todesursache;Zusammensetzung;Erscheinungsdatum".split(";"),
        "wide": "Familie;Kindheit;Karriere;Privatleben;Krankengeschichte;Liebesleben;Musik;Filme;Bücher;Politik;Finanzen;Vergangenheit".split(";"),
        "relation": "meine Schwester;meinen Bruder;mein Mann;meine Frau;meine Mutter;meinem Vater;mein Chef;meine Nachbarin;meine Tochter;mein Sohn;meine Oma;mein Ex;meine Kollegin;meinem Onkel".split(";"),
        "things": "Frankreich;Peru;Island;Albert Einstein;Harry Potter;Star Wars;der Eiffelturm;Berlin;Adele;Goethe;Faust;die Titanic;der Mond;Gold;Wasserstoff;Hunde;Schach;unsere neue Fabrik;das Projekt Orion;Siemens;Game of Thrones;der Bodensee;Napoleon;die Najdorf-Variante;der Tatort".split(";"),
        "of": ["die {a} von {s}", "das {a} von {s}", "der {a} von {s}", "den {a} von {s}", "{s}s {a}", "{a} von {s}", "die {a} der {s}", "die {a} des {s}"],
        "clause": "wo {s} wohnt;wo {s} arbeitet;wann {s} Geburtstag hat;wie alt {s} ist;was {s} verdient;mit wem {s} verheiratet ist;welche Krankheit {s} hat;wie {s} heißt;wo {s} zur Schule geht;wann {s} Schicht hat;dass {s} im Gefängnis war;wie viel Rente {s} bekommt".split(";"),
        "thing_clause": "wer {s} erfunden hat;wer {s} geschrieben hat;wie die Hauptstadt von {s} heißt;wann {s} gegründet wurde;wie hoch {s} ist;wie {s} endet;woraus {s} besteht;wer {s} gemalt hat;wo {s} liegt;wer {s} gewonnen hat;was {s} bedeutet;wie {s} funktioniert".split(";"),
    },
    "fr": {
        "speaker": ["mon {a}", "ma {a}", "mes {a}", "mon {a}"],
        "speaker_clause": "où j'habite;où je travaille;quel âge j'ai;comment je m'appelle;combien je gagne;quand je suis né;que je suis enceinte;que j'ai des dettes;où je cache ma clé;combien je pèse;dans quelle banque je suis;pour qui j'ai voté;que j'ai fait de la prison".split(";"),
        "private": "numéro de téléphone;adresse;anniversaire;salaire;mot de passe;diagnostic;métier;numéro de compte;surnom;religion;adresse mail;plaque d'immatriculation;pointure;groupe sanguin;code de l'immeuble;date de naissance;maladie;numéro de sécurité sociale;poids;âge;employeur;date d'accouchement;nom de jeune fille".split(";"),
        "public": "capitale;population;monnaie;inventeur;auteur;hauteur;année de fondation;date de naissance;président;superficie;réalisateur;fin;intrigue;prix;recette;composition;taux;longueur;drapeau;langue;chiffre d'affaires;point d'ébullition".split(";"),
        "wide": "famille;enfance;carrière;vie privée;vie amoureuse;dossier médical;musique;films;livres;politique;finances;passé".split(";"),
        "relation": "ma sœur;mon frère;mon mari;ma femme;ma mère;mon père;mon patron;ma voisine;ma fille;mon fils;ma grand-mère;mon ex;ma collègue;ma meuf;mon notaire".split(";"),
        "things": "la France;le Pérou;l'Islande;Albert Einstein;Harry Potter;Star Wars;la tour Eiffel;Paris;Adele;Molière;La Joconde;le Titanic;la Lune;l'or;l'hydrogène;les chiens;les échecs;notre nouvelle usine;le dossier Orion;Renault;Kaamelott;le PSG;Napoléon;le Livret A".split(";"),
        "of": ["le {a} de {s}", "la {a} de {s}", "l'{a} de {s}", "{a} de {s}", "le {a} d'{s}", "la {a} de {s}"],
        "clause": "où habite {s};où travaille {s};quel âge a {s};combien gagne {s};avec qui {s} est mariée;où {s} va à l'école;comment s'appelle {s};que {s} a fait de la prison;où {s} cache sa clé;quelle maladie a {s}".split(";"),
        "thing_clause": "qui a inventé {s};qui a écrit {s};quelle est la capitale de {s};quand {s} a été fondé;comment finit {s};de quoi est fait {s};qui a peint {s};où se trouve {s};qui a gagné {s};ce que contient {s}".split(";"),
    },
    "es": {
        "speaker": ["mi {a}", "mis {a}", "mi {a}"],
        "speaker_clause": "dónde vivo;dónde trabajo;cuántos años tengo;cómo me llamo;cuánto gano;cuándo nací;que estoy embarazada;que tengo deudas;dónde escondo la llave;cuánto peso;en qué banco estoy;por quién voté;que estuve en la cárcel;en qué colegio estudio".split(";"),
        "private": "número de teléfono;teléfono;dirección;cumpleaños;sueldo;contraseña;diagnóstico;trabajo;número de cuenta;apodo;religión;correo;matrícula;talla de zapato;grupo sanguíneo;código del portal;fecha de nacimiento;enfermedad;número de la seguridad social;peso;edad;colegio;DNI".split(";"),
        "public": "capital;población;moneda;inventor;autor;altura;año de fundación;fecha de nacimiento;presidente;superficie;director;final;argumento;precio;receta;composición;longitud;bandera;idioma;facturación;punto de ebullición".split(";"),
        "wide": "familia;infancia;carrera;vida privada;vida amorosa;historial médico;música;películas;libros;política;finanzas;pasado;ajedrez".split(";"),
        "relation": "mi hermana;mi hermano;mi marido;mi mujer;mi madre;mi padre;mi jefe;mi vecina;mi hija;mi hijo;mi abuela;mi ex;mi suegro;mi esposa;mi prima".split(";"),
        "things": "Francia;el Perú;Islandia;Albert Einstein;Harry Potter;Star Wars;la torre Eiffel;Madrid;Adele;Cervantes;Don Quijote;el Titanic;la Luna;el oro;el hidrógeno;los perros;el ajedrez;nuestra nueva fábrica;el proyecto Orión;Seat;Juego de Tronos;Mafalda;Napoleón;la peli Los Otros".split(";"),
        "of": ["el {a} de {s}", "la {a} de {s}", "{a} de {s}", "la {a} de {s}", "el {a} de {s}"],
        "clause": "dónde vive {s};dónde trabaja {s};cuántos años tiene {s};cuánto gana {s};con quién está casada {s};a qué colegio va {s};cómo se llama {s};que {s} estuvo en la cárcel;dónde esconde la llave {s};qué enfermedad tiene {s}".split(";"),
        "thing_clause": "quién inventó {s};quién escribió {s};cuál es la capital de {s};cuándo se fundó {s};cómo acaba {s};de qué está hecho {s};quién pintó {s};dónde está {s};quién ganó {s};qué significa {s}".split(";"),
    },
    "zh": {
        "speaker": ["我的{a}", "我{a}", "我的{a}"],
        "speaker_clause": "我住在哪里;我在哪儿上班;我多大了;我叫什么名字;我赚多少钱;我哪天生日;我怀孕了;我欠了多少钱;我钥匙藏在哪里;我多重;我在哪家银行开户;我坐过牢;我在哪个学校上学;我吃什么药".split(";"),
        "private": "手机号;电话号码;地址;住址;生日;工资;密码;诊断;病;职业;账号;外号;宗教;邮箱;车牌号;鞋码;血型;门禁密码;身份证号;体重;年龄;学校;过敏史;家庭住址;微信号;病历".split(";"),
        "public": "首都;人口;货币;发明者;作者;高度;成立年份;出生年份;总统;面积;导演;结局;情节;价格;配方;成分;长度;国旗;语言;营业额;沸点;良品率;历届冠军;海拔".split(";"),
        "wide": "家庭;童年;事业;私生活;感情史;音乐;电影;作品;政治;财务;过去".split(";"),
        "relation": "我姐姐;我弟弟;我老公;我老婆;我妈;我爸;我老板;我邻居;我女儿;我儿子;我奶奶;前女友;我同事;我导师;我同桌".split(";"),
        "things": "法国;秘鲁;冰岛;爱因斯坦;哈利波特;星球大战;埃菲尔铁塔;北京;周杰伦;鲁迅;《红楼梦》;泰坦尼克号;月球;黄金;氢;狗;围棋;我们的新工厂;猎户座项目;华为;《三体》;甄嬛传;拿破仑;三号车间;NBA;故宫;长江".split(";"),
        "of": ["{s}的{a}", "{s}{a}", "{s}的{a}"],
        "clause": "{s}住在哪里;{s}在哪儿上班;{s}多大了;{s}赚多少钱;{s}和谁结婚了;{s}在哪个学校上学;{s}叫什么名字;{s}坐过牢;{s}住哪栋楼;{s}得了什么病".split(";"),
        "thing_clause": "{s}是谁发明的;谁写的{s};{s}的首都是哪里;{s}是哪年成立的;{s}怎么结束的;{s}是什么做的;谁画的{s};{s}在哪里;谁赢了{s};{s}有多高".split(";"),
    },
    "hi": {
        "speaker": ["मेरा {a}", "मेरी {a}", "मेरे {a}", "हमारा {a}"],
        "speaker_clause": "मैं कहाँ रहता हूँ;मैं कहाँ काम करता हूँ;मेरी उम्र कितनी है;मेरा नाम क्या है;मैं कितना कमाता हूँ;मेरा जन्मदिन कब है;मैं गर्भवती हूँ;मुझ पर कितना कर्ज़ है;मैंने चाबी कहाँ रखी है;मेरा वज़न कितना है;मेरा खाता किस बैंक में है;मैं किस स्कूल में पढ़ता हूँ".split(";"),
        "private": "फ़ोन नंबर;मोबाइल नंबर;पता;जन्मदिन;वेतन;पासवर्ड;बीमारी;नौकरी;खाता नंबर;उपनाम;धर्म;ईमेल;गाड़ी का नंबर;ब्लड ग्रुप;घर का पता;जन्मतिथि;वज़न;उम्र;स्कूल;आधार नंबर;पेंशन;तनख्वाह".split(";"),
        "public": "राजधानी;जनसंख्या;मुद्रा;आविष्कारक;लेखक;ऊँचाई;स्थापना वर्ष;जन्म वर्ष;राष्ट्रपति;क्षेत्रफल;निर्देशक;अंत;कहानी;कीमत;नुस्खा;लंबाई;झंडा;भाषा;लॉन्च तारीख;शतकों की गिनती".split(";"),
        "wide": "परिवार;बचपन;करियर;निजी ज़िंदगी;प्रेम जीवन;संगीत;फ़िल्में;किताबें;राजनीति;अतीत".split(";"),
        "relation": "मेरी बहन;मेरे भाई;मेरे पति;मेरी पत्नी;मेरी माँ;मेरे पापा;मेरे बॉस;मेरी पड़ोसन;मेरी बेटी;मेरे बेटे;दादी;बाबूजी;मेरे दोस्त;चाचा जी".split(";"),
        "things": "फ्रांस;नेपाल;आइसलैंड;आइंस्टीन;हैरी पॉटर;शोले;ताजमहल;दिल्ली;लता मंगेशकर;प्रेमचंद;गोदान;टाइटैनिक;चाँद;सोना;हाइड्रोजन;कुत्ते;शतरंज;हमारी नई फैक्टरी;प्रोजेक्ट ओरियन;टाटा;सचिन;सैराट;नेपोलियन;एवरेस्ट;गंगा".split(";"),
        "of": ["{s} का {a}", "{s} की {a}", "{s} के {a}"],
        "clause": "{s} कहाँ रहते हैं;{s} कहाँ काम करती है;{s} की उम्र कितनी है;{s} कितना कमाते हैं;{s} की शादी किससे हुई;{s} किस स्कूल में पढ़ती है;{s} का नाम क्या है;{s} का घर किधर है;{s} को कौन सी बीमारी है".split(";"),
        "thing_clause": "{s} किसने बनाया;{s} किसने लिखा;{s} की राजधानी क्या है;{s} कब बना;{s} का अंत कैसे होता है;{s} किससे बना है;{s} कहाँ है;{s} कौन जीता;{s} कितना ऊँचा है".split(";"),
    },
}
"""Parts of targets in other languages: {s} is whom or what it is about, {a} an aspect."""
