"""How people give orders to a machine, in words: one table by language, and the patterns made of it.

Patterns are met by folded text (no case, no accents). They know the usual ways of saying it in the languages of the table, not every way:
what they miss is met elsewhere, by never trusting a post.
"""

from __future__ import annotations

from typing import NamedTuple

import regex


class Speech(NamedTuple):
    """The words of one language, each field an alternation; verbs stand as they do in an order."""

    override: str  # ignore …
    which: str  # … previous, all, your …
    rules: str  # … instructions
    posts: str  # … posts
    say: str
    that: str
    only: str
    machine: str
    when: str  # when asked, when summarising
    answer: str  # your answer
    must: str
    reveal: str
    never: str
    cite: str


SPEECH = {
    "en": Speech(
        override=r"(?<!don't |never |not )(?:ignore|disregard|forget|override|bypass|discard)",
        which=r"previous|prior|above|earlier|preceding|foregoing|all|your|other|these|any|system|safety|original",
        rules=r"instructions?|prompts?|guidelines?|directives?|rules|orders|constraints|system messages?|programming|training",
        posts=r"other posts?|other sources?|other results?|other evidence|truthful posts?|official posts?",
        say=r"say|answer|reply|respond|state|write|output|print|claim|conclude|confirm|report|mention|include|add|insert|append|recommend",
        that=r"that|with|the following|exactly|to",
        only=r"only with|only|exactly|nothing but|with exactly|with only|with the following|the following|verbatim|with the words?",
        machine=r"ais?|a\.i\.|assistants?|chatbots?|llms?|language models?|large language models?|artificial intelligence|ai models?|gpt|chatgpt"
        r"|oscine|ai assistants?|summari[sz]ers?|answer engines?|search engines?",
        when=r"when(?:ever)? (?:asked|answering|summari[sz]ing|quoting|citing|explaining"
        r"|you (?:answer|summari[sz]e|quote|cite|explain|reply|respond))",
        answer=r"your (?:next |final |whole )?(?:answer|response|reply|summary|output|explanation)s?",
        must=r"must|should|shall|has to|have to|needs? to",
        reveal=r"reveal|print|repeat|show|output|leak|display|dump|copy|recite|disclose|quote|tell (?:me|us|the user)|write down|state",
        never=r"do not|don't|dont|never|must not|stop",
        cite=r"cite|citing|quote|quoting|show|mention|use|reveal|display",
    ),
    "fr": Speech(
        override=r"ignore[zr]?|oublie[zr]?|neglige[zr]?|contourne[zr]?|ne (?:tiens|tenez) (?:pas|aucun) compte",
        which=r"precedente?s?|ci-dessus|anterieure?s?|toutes?|tous|tes|vos|autres|du systeme|initiales?",
        rules=r"instructions?|consignes?|directives?|regles|ordres|prompts?|messages? systeme",
        posts=r"autres (?:posts?|messages?|publications?|sources?)",
        say=r"dis|dites|reponds|repondez|ecris|ecrivez|affirmez?|declarez?|confirmez?|indiquez?|mentionnez?|ajoutez?|concluez?|recommandez?",
        that=r"que|qu'|exactement|ceci|par",
        only=r"uniquement|seulement|exactement|rien d'autre que|mot pour mot",
        machine=r"ia|i\.a\.|intelligence artificielle|assistant|chatbot|modele de lang(?:age|ue)|llm|chatgpt|oscine",
        when=r"(?:quand|lorsque|si) (?:on te demande|on vous demande|tu reponds|vous repondez|tu resumes|vous resumez)|en (?:resumant|repondant)",
        answer=r"(?:ta|votre) (?:reponse|synthese|explication)|(?:ton|votre) resume",
        must=r"doit|devra|devrait",
        reveal=r"reveler?|revelez|affichez?|montrez?|repetez?|imprimez?|recopiez?|divulguez?|donnez?",
        never=r"ne|n'",
        cite=r"cite[sz]?|mentionne[sz]?|montre[sz]?|utilise[sz]?",
    ),
    "it": Speech(
        override=r"ignora(?:te|re)?|dimentica(?:te|re)?|trascura(?:te|re)?|scavalca(?:te)?|non tenere conto",
        which=r"precedent[ei]|sopra|sopracitat[ei]|tutt[ei]|tue|tuoi|vostre|altr[ei]|di sistema|iniziali",
        rules=r"istruzion[ei]|regole|direttive|comandi|ordini|prompt|messaggi di sistema|indicazioni",
        posts=r"altr[ei] (?:post|messaggi|fonti|pubblicazioni)",
        say=r"di'|di|dite|rispondi|rispondete|scrivi|scrivete|afferma|dichiara|conferma|riporta|menziona|aggiungi|concludi|consiglia",
        that=r"che|esattamente|quanto segue|con",
        only=r"solo|soltanto|solamente|esattamente|unicamente|nient'altro che",
        machine=r"ia|i\.a\.|intelligenza artificiale|assistente|chatbot|modello linguistico|llm|chatgpt|oscine",
        when=r"(?:quando|se) (?:ti (?:viene chiesto|chiedono)|rispondi|riassumi)|(?:nel|riassumendo|rispondendo) (?:riassumere|rispondere)",
        answer=r"(?:la )?tua (?:risposta|sintesi|spiegazione)|(?:il )?tuo riassunto",
        must=r"deve|dovra|dovrebbe",
        reveal=r"rivela|mostra|ripeti|stampa|copia|divulga|dimmi",
        never=r"non",
        cite=r"citare|cita|mostrare|menzionare|usare",
    ),
    "de": Speech(
        override=r"ignoriere?n?|vergiss|vergesst|vergessen sie|missachten?|ubergehe?n?|uberschreibe?n?|beachte nicht",
        which=r"vorherige[nrs]?|obige[nrs]?|bisherige[nrs]?|vorangegangene[nrs]?|vorige[nrs]?|fruhere[nrs]?|alle|deine|ihre|andere[nrs]?|diese",
        rules=r"anweisung(?:en)?|instruktion(?:en)?|befehle?|regeln|vorgaben|richtlinien|prompts?|systemnachricht(?:en)?|systemprompt",
        posts=r"anderen? (?:beitrage?|posts?|quellen)",
        say=r"sage?|sagen sie|antworten?|antworten sie|schreibe?|schreiben sie|behaupte|bestatige|erklare|erwahne|nenne|empfiehl|fuge",
        that=r"dass|genau|folgendes|mit",
        only=r"nur|ausschliesslich|genau|nichts als|wortlich|lediglich",
        machine=r"ki|k\.i\.|kunstliche intelligenz|assistent(?:en|in)?|chatbot|sprachmodelle?|llm|chatgpt|oscine",
        when=r"wenn (?:du|sie) (?:gefragt|antwortest|zusammenfasst|antworten|zusammenfassen)\w*|(?:beim|bei der) (?:zusammenfass\w+|antwort\w*|beantwort\w+)",
        answer=r"(?:deine|ihre) (?:antwort|zusammenfassung|erklarung)",
        must=r"muss|soll|sollte|hat zu",
        reveal=r"verrate?|zeige?|wiederhole?|drucke?|gib|nenne|offenbare?|kopiere?",
        never=r"nicht|niemals|kein[ern]*",
        cite=r"zitiere?n?|zeige?n?|erwahne?n?|nenne?n?|verwende?n?",
    ),
    "es": Speech(
        override=r"ignor[ae](?:d|n)?|olvid[ae](?:d|n)?|omit[ea]|desobedece|no tengas en cuenta|haz caso omiso",
        which=r"anteriores?|previ[ao]s|de arriba|tod[ao]s|tus|sus|otr[ao]s|del sistema|iniciales",
        rules=r"instruccion(?:es)?|ordenes|reglas|directrices|indicaciones|prompts?|mensajes del sistema",
        posts=r"otr[ao]s (?:posts?|mensajes|publicaciones|fuentes)|demas (?:posts?|mensajes|publicaciones|fuentes)",
        say=r"di|diga|responde|responda|escrib[ea]|afirm[ae]|declar[ae]|confirm[ae]|contest[ae]|menciona|anade|concluye|recomienda",
        that=r"que|exactamente|lo siguiente|con",
        only=r"solo|solamente|unicamente|exactamente|nada mas que|textualmente",
        machine=r"ia|i\.a\.|inteligencia artificial|asistente|chatbot|modelo de lenguaje|llm|chatgpt|oscine",
        when=r"(?:cuando|si) (?:te (?:pregunten|preguntan)|respondas|resumas|respondes|resumes)|al (?:resumir|responder)",
        answer=r"tu (?:respuesta|resumen|explicacion)|su (?:respuesta|resumen)",
        must=r"debe|debera|tiene que",
        reveal=r"revela|muestra|repite|imprime|copia|divulga|dime|ensena",
        never=r"no|nunca",
        cite=r"cites|cite|citar|muestres|menciones|uses",
    ),
    "pt": Speech(
        override=r"ignor[ae]|esquec[ae]|esquece|desconsider[ae]|nao leve em conta",
        which=r"anteriores?|previ[ao]s|acima|tod[ao]s|suas|tuas|outr[ao]s|do sistema|iniciais",
        rules=r"instruc(?:ao|oes)|ordens|regras|diretrizes|comandos|prompts?|mensagens do sistema|orientacoes",
        posts=r"outr[ao]s (?:posts?|mensagens|publicacoes|fontes)|demais (?:posts?|mensagens|publicacoes|fontes)",
        say=r"diga|diz|responda|responde|escreva|escreve|afirme|declare|confirme|mencione|acrescente|conclua|recomende",
        that=r"que|exatamente|o seguinte|com",
        only=r"apenas|somente|so|exatamente|unicamente|nada alem de|textualmente",
        machine=r"ia|i\.a\.|inteligencia artificial|assistente|chatbot|modelo de linguagem|llm|chatgpt|oscine",
        when=r"(?:quando|se) (?:te perguntarem|perguntarem|responder(?:es)?|resumir(?:es)?)|ao (?:resumir|responder)",
        answer=r"(?:a )?(?:sua|tua) (?:resposta|explicacao)|(?:o )?(?:seu|teu) resumo",
        must=r"deve|devera|tem (?:de|que)",
        reveal=r"revel[ae]|mostr[ae]|repita|repete|imprim[ae]|copi[ae]|divulgue|diga-me",
        never=r"nao|nunca",
        cite=r"cite|citar|mostre|mencione|use",
    ),
    "nl": Speech(
        override=r"negeer|vergeet|omzeil|sla .{0,20} over|trek je niets aan van",
        which=r"vorige|eerdere|bovenstaande|voorgaande|alle|je|jouw|uw|andere|deze",
        rules=r"instructies?|opdrachten|regels|richtlijnen|aanwijzingen|prompts?|systeemberichten|systeemprompt",
        posts=r"andere (?:berichten|posts?|bronnen)",
        say=r"zeg|antwoord|schrijf|beweer|bevestig|meld|vermeld|noem|voeg|concludeer|raad",
        that=r"dat|precies|het volgende|met",
        only=r"alleen|enkel|uitsluitend|precies|niets anders dan|letterlijk|slechts",
        machine=r"ai|a\.i\.|kunstmatige intelligentie|assistent|chatbot|taalmodel|llm|chatgpt|oscine",
        when=r"(?:wanneer|als) (?:je|u) (?:gevraagd|antwoordt?|samenvat)\w*|bij het (?:samenvatten|beantwoorden|antwoorden)",
        answer=r"(?:je|jouw|uw) (?:antwoord|samenvatting|uitleg)",
        must=r"moet|dient te|zal",
        reveal=r"onthul|toon|herhaal|print|kopieer|geef|verklap|laat .{0,12} zien",
        never=r"niet|nooit|geen",
        cite=r"citeer|toon|noem|gebruik|vermeld",
    ),
}

_CONFIRMED = (  # "say that all posts confirm it"; the English one stands below
    r"\b(?:dis|dites|affirmez?|reponds|repondez) que (?:tous |toutes )?les (?:messages|posts|publications|sources)\b",
    r"\b(?:di'|dite|scrivi|afferma|rispondi) che (?:tutt[ei] )?(?:[il]e?|questi) (?:post|messaggi|fonti)\b",
    r"\b(?:sage?|sagen sie|schreibe?|behaupte|bestatige),? dass (?:alle )?(?:die )?(?:beitrage|posts|quellen)\b",
    r"\b(?:di|diga|afirma|responde) que (?:tod[ao]s )?(?:l[ao]s )?(?:mensajes|posts?|publicaciones|fuentes)\b",
    r"\b(?:diga|diz|afirme|responda) que (?:tod[ao]s )?(?:[ao]s )?(?:mensagens|posts?|publicacoes|fontes)\b",
    r"\b(?:zeg|schrijf|beweer|bevestig) dat (?:alle )?(?:de )?(?:berichten|posts?|bronnen)\b",
)

OTHER_TONGUES = (  # what comes first of all elsewhere: "ignore the previous instructions"
    r"(?:игнорируй|забудь|не обращай внимания на|отбрось)(?:те)?\b.{0,30}(?:инструкци|указани|правил|команд)",
    r"(?:ігноруй|забудь)(?:те)?\b.{0,30}(?:інструкці|вказівк|правил)",
    r"(?:zignoruj|ignoruj|zapomnij|pomin)(?:cie)?\b.{0,30}(?:instrukcj|polece[nń]|zasad)",
    r"(?:ignorera|glom|strunta i)\b.{0,30}(?:instruktion|regler|anvisning)",
    r"(?:onceki|yukar[ıi]daki|tum)\b.{0,20}(?:talimat|komut|kural).{0,20}(?:yok ?say|unut|dikkate alma)",
    r"忽略.{0,8}(?:指令|指示|提示|说明|規則|规则)|無視.{0,8}(?:指令|指示)|忘记.{0,8}(?:指令|指示)",
    r"(?:指示|命令|プロンプト|ルール)を?.{0,4}(?:無視|忘れ)",
    r"(?:지시|명령|프롬프트).{0,6}(?:무시|잊)",
    r"(?:تجاهل|انس).{0,24}(?:التعليمات|الاوامر|الأوامر|القواعد)",
    r"(?:पिछले|सभी).{0,12}(?:निर्देश|आदेश).{0,24}(?:अनदेखा|भूल)",
)

MARKS = (  # what chat templates and prompts are made of, in any language; met by the text as written
    r"<\|[a-z_ ]{2,24}\|>",
    r"\[/?INST\]|<</?SYS>>|</?s>",
    r"^\s*#{2,4}\s*(?:instructions?|system|assistant|response|user|human|new task|anweisung|istruzioni|instrucciones)\b",
    r"</?(?:system|assistant|user|human|instructions?|prompt|posts?|documents?|context|tool_call|function_call|tool_response)>",
    r"\[(?:/system|/assistant|system message|system prompt|end of posts|instructions?)\]",
    r"[-=*_]{3,}\s*(?:begin|start|end)(?: of)?\s+(?:system|posts?|prompt|instructions?|context|documents?|user input|data)\b",
    r"(?:^|\n)\s*(?:system|assistant|developer|oscine|ai|ia|ki|chatbot)\s*:\s*\S",
    r"[\"'](?:role|content|choices|delta|refused|finish_reason|tool_calls)[\"']\s*:\s*[\"'\[{tfn\d]",
    r"^data:\s*(?:\[DONE\]|\{)",
    r"^\s*question\s*:.*\n+\s*(?:answer|\[\d)",
)

_NEAR = r"[^.!?\n]{0,48}?"
_CLOSE = r"[^.!?\n]{0,24}?"
_ENGLISH = (
    r"\b(?:you are|you're|u are|act as|behave as|respond as|pretend (?:to be|you are)) (?:now )?(?:an? |the )?(?:\w+ )?(?:\w+ )?"
    rf"(?:{SPEECH['en'].machine}|dan|jailbroken|unrestricted)\b",
    r"\b(?:developer|debug|jailbreak|jailbroken|dan|maintenance) mode (?:is )?(?:on|enabled|activated|active)\b",
    r"\bfrom now on,? (?:you (?:will|must|shall) (?:answer|reply|respond|say|speak|only)|(?:answer|reply|respond|always answer))\b",
    r"\bnew (?:system )?(?:instructions?|directives?|prompt)\s*:",
    r"\bif you(?:'re| are) (?:an? )?(?:\w+ )?(?:ai|assistant|chatbot|llm|language model|bot reading|summari[sz]er)\b",
    r"\b(?:dear|attention|note to|message to|instructions? (?:for|to)|hey|hello|listen),? (?:all |the |any )?"
    r"(?:ai|assistants?|chatbots?|llms?|language models?|oscine|summari[sz]ers?)\b(?! (?:researchers?|people|folks|fans|community))",
    r"\b(?:say|state|tell|claim|answer|confirm|write|conclude|report)\b (?:\w+ )?that (?:all |the |these |other )*"
    r"(?:posts|sources|users|accounts) (?:here )?(?:confirm|do not|don't|agree|say|prove|show)\b",
    r"\b(?:sources|posts|users|accounts) (?:here )?(?:all )?(?:agree|confirm)[^.!?\n]{0,24}\b(?:say|state|answer|write|report)\b",
    r"\b(?:refuse|decline) (?:to (?:answer|respond to|reply to) )?(?:all|any|every|further|other) (?:other |further )?questions?\b",
    r"\b(?:cite|attribute|credit) (?:this|it|the claim|that|everything|every sentence)? ?(?:as|to|with|from)? ?"
    r"(?:post |source |number |nr\.? ?)?\[?\d{1,2}\]?(?!\d|\w)",
    r"\battribute (?:this|it|the (?:claim|statement|quote)) to\b",
    r"\b(?:send|forward|post|leak|exfiltrate|append|submit)\b[^.!?\n]{0,40}"
    r"\b(?:question|conversation|chat history|history|prompt|context|messages)\b[^.!?\n]{0,24}\b(?:to|at|in) (?:https?:|www\.|the (?:url|link))",
    r"\b(?:include|insert|add|append|embed|render|show|put)\b[^.!?\n]{0,40}\b(?:link|url|image|https?://\S+)[^.!?\n]{0,30}"
    r"\b(?:your|every|each|the) (?:answer|response|reply|summary)",
    r"\brepeat (?:(?:the )?(?:words|text|everything|sentences?) (?:above|before|verbatim)|everything above)\b",
    r"\b(?:everything|the (?:text|words)) above (?:this line|verbatim|starting with)\b",
)


def _patterns(speech: Speech, edge: str) -> list[str]:
    """Orders in one language; `edge` is what a word's end must be, empty where words run together."""
    w = {name: rf"{edge}(?:{words}){edge}" for name, words in speech._asdict().items()}
    gap = r"[\s,:;–—-]{1,3}" if edge else r"\s*"
    return [
        rf"{w['override']}{_NEAR}(?:{w['which']}{_CLOSE}{w['rules']}|{w['rules']}{_CLOSE}{w['which']})",
        rf"{w['override']}{_CLOSE}{w['posts']}",
        rf"{w['never']}{_CLOSE}{w['cite']}{_CLOSE}{w['posts']}",
        rf"{w['when']}{_NEAR}{w['say']}",
        rf"{w['answer']}{gap}{w['must']}",
        rf"{w['machine']}[,:]\s*(?:[\w']+\s+){{0,3}}{w['say']}{gap}(?:{w['that']}|{w['only']}|[\"“«:'])",
        rf"{w['reveal']}{_CLOSE}(?:{w['which']}{gap}{w['rules']}|{w['rules']}{gap}{w['which']}|system ?-?prompts?|prompt (?:de |di |do |del )?s[iy]stem\w*)",
        rf"(?:^|[.!?:,\n]\s*){w['say']}{gap}{w['only']}{gap}(?:[\"“«:]|(?:{speech.that})\b)",
    ]


ORDERS = [  # one by one: a single alternation of them takes four times as long
    regex.compile(pattern, regex.MULTILINE)
    for pattern in (*(p for speech in SPEECH.values() for p in _patterns(speech, r"\b")), *_ENGLISH, *_CONFIRMED, *OTHER_TONGUES)
]
RUN_TOGETHER = [regex.compile(_patterns(speech, "")[0]) for speech in SPEECH.values()]  # `ignorepreviousinstructions`
TEMPLATES = regex.compile("|".join(f"(?:{mark})" for mark in MARKS), regex.MULTILINE | regex.IGNORECASE)
