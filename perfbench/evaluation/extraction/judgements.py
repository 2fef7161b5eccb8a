"""Options that a text judges right or comes to, without calling them the answer.

"B is correct", "so C", "which corresponds to option B", "B项正确". Knows nothing of what such a
judgement weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import UNDECIDED, Candidate, line_end, read
from perfbench.evaluation.extraction.mentions import MISTAKEN
from perfbench.evaluation.extraction.options import Options

BARE = r"[(\[*_\"'“‘`$\\{]*"
UPPER = rf"{BARE}([A-Z])(?![A-Za-z0-9'’+#-])"
_ENDS = (
    r"(?=[)\]}*_\"'”’`$\\]*\s*(?:选项|项)?(?:$|as\s+(?:the|our|my)\b"
    r"|rather\s+than\b|(?:lol|tbh|imo|imho|haha|btw|I\s+(?:think|guess|believe)|for\s+sure)\b|[.;:!。；\n)]|吧|"
    r"[,，](?!\s*(?:and\s+|or\s+)?[(]?[A-Z]\b)|[-–—]\s))"
)
NAMED = (
    r"(?:(?:[Aa]nswer\s+)?"
    r"(?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Ll]etter|[Ss]tatement|[Ee]nding|选项)\s*)"
)
_SURELY = (
    r"(?:(?:definitely|clearly|therefore|thus|most\s+likely|likely|probably|indeed|obviously|also"
    r"|actually|then|certainly)\s+)*"
)
FITTING = (
    r"(?:correct|right|best|accurate|appropriate|suitable|plausible|likely|fitting|probable|logical"
    r"|reasonable|sensible|natural|coherent|consistent|effective|practical|convincing)"
)
_MOST = r"(?:most|more|only|single|one|final|intended)"
_MILD = r"(?:plausible|likely|probable|logical|reasonable)\b"
_SINGLED_OUT = re.compile(
    r"\b(?:the|only|most|more|best|answer|fits|matches|works|answers|it\s+is)\b|符合题意"
)

_JUDGEMENT = re.compile(
    rf"""
      (?<![A-Za-z'’]) {NAMED}? {UPPER} [)\]*_"'.`]* \s*
        (?: (?: is|are|(?:seems|looks|appears|feels|sounds)(?:\s+to\s+be)?|(?:would|must|should
          |has\s+to)\s+be ) \s+ {_SURELY}
            (?: (?:the|an?)\s+(?:{_MOST}\s+)* | (?:{_MOST}\s+)+ | (?!{_MILD}) )
            (?: {FITTING} (?: \s+(?:answer|option|choice|one|statement|response|match|fit|solution
                |ending|continuation|completion|explanation|interpretation|conclusion) )?
              | answer\b | true\s+(?:answer|statement)\b )
            (?! \s*\? | \s+(?:in\s+some|only|if|for|when|under|but|about|that|to\s+say)\b )
          | (?: is|['’]s ) \s+ (?: (?:my|our)\s+(?:\w+\s+)?
            (?:answer|choice|pick|guess) | (?:the\s+one
            |what\s+(?:the|we|you|it|is|they|this|that|I|he|she|our))\b | the\s+only\s+(?:\w+\s+)?
              (?:option|choice|answer|one|statement) | the\s+only\s+[a-z]{{3,20}}\b )
          | is \s+ the \s+ [a-z][\w-]{{2,20}} \s+ one\b
          | (?:is|are) \s [^.;\n]{{1,80}}? ,\s+so \s+ (?:it|this|that) \s+ (?:is|must\s+be) \s+
            (?: the\s+ (?:\w+\s+)? answer | correct | right )
          | (?: fits|works|matches ) (?= [\s.!]*\Z )
          | makes \s+ (?: (?:the\s+most|the\s+best|more|good|perfect)\s+ )? sense
          | (?: fits|matches|works|answers ) \s+ (?: best|better|well|perfectly
            |the\s+(?:\w+\s+)?(?:question|description|definition|criteri\w+|pattern|clues?|data
              |results?) )
          | is\s+(?:all|what)(?:\s+that)?(?:['’]s|\s+is)\s+left\b
          | (?: remains|is\s+left ) (?=[.!,\s]*(?:$|\n|[.!]))
          | (?: ist|es|est|è|é|является|— ) \s+ (?: (?:la|le|el|il|die|der|das|a|o|the)\s+ )?
            (?: (?:bonne|buena|richtige|boa|meilleure|mejor|beste|melhor|migliore)\s+ )?
            (?: richtig(?!e)|korrekt|corre\w+|juste\b
              |exact\w*|réponse|respuesta
              |Antwort|risposta|resposta|правильн\w+|верн\w+ )
          | (?: правильн\w+|верн\w+ )
          | (?: qui\s+)? convient\b (?! \s+(?:moins|pas|mal)\b )
          | \s*(?:が|は) (?:正解|正しい) | (?:이|가|은|는) \s* (?:정답|답|맞)
          | it\s+is\b
          | (?: says|states|claims|expresses|describes|asserts ) (?= \s*[.!,;]|\s*$ )
          | is\s+ better\s+ (?: supported|suited|justified|described|explained )\b
          | is\s+ (?:much\s+|clearly\s+|slightly\s+|probably\s+)? (?:the\s+|a\s+)? better
            (?: \s+(?:answer|choice|option|fit|match|pick|one) )? (?= [.!,;]|\s*$ )
          | (?:选项|项)[^\n。；;A-Z不没]{{1,60}}[，,] \s* (?: 符合题意|正确(?=[。；;，,]|$) )
          | (?:选项|选|项|选择)? (?:是|为)? \s* (?: 正确 | 最?符合(?:题意|要求|条件)?
              | 最(?:能|恰当|贴切|准确|合适|全面|合理) | 对的?(?=[。，,.\s]|$) )
            (?! 的?是 | 与否 | 吗 )
        )
    """,
    re.VERBOSE,
)
NOT_JUDGED = re.compile(
    r"(?:\b(?:nor|neither|not|if|whether|why|both|how|would|because|either|although|though|while"
    r"|(?:for|in|under|by|to)\s+which|in\s+which\s+case|when|where|unless|had|does|is|did)"
    r"|\b[A-Z][)*]*\s*(?:,|、|和|and\b|or\b)|如果|是否|虽然)"
    r"\s*(?:(?:option|choice|answer|the)\s+)?[(\[*_\"']*$",
    re.IGNORECASE,
)
_SO_IS = re.compile(r"so\s+(?:is|are)\b")
_IS_WHY = re.compile(
    r"\b(?:this|that|which)(?:['’]s|\s+is)\s+why\s+(?:option\s+)?\W*$", re.IGNORECASE
)
_CONCLUSION = re.compile(
    rf"""
    (?: \b (?: [Ss]o|[Tt]herefore|[Cc]learly|[Tt]hus|[Hh]ence|[Cc]onsequently|[Ff]inally|[Ee]rgo
      |[Ee]limination
           | [Dd]efinitely | [Ww]ait|[Aa]ctually|[Nn]o|[Cc]orrection|[Pp]erhaps|[Pp]robably ) \b
      | 所以 | 因此 | 因而 | 故 | 综上 | ∴ | (?:认为|觉得|猜)(?:应该|可能)?[是为]
      | 应该?[是为]
      | → | ⇒ | -> | => )
      [,:，]? \s* (?: (?:it|that|this)(?:['’]s|\s+is|\s+must\s+be|\s+has\s+to\s+be) \s+ )?
      (?: (?:the|only|is|为|是|选|应选) \s* )* {NAMED}? {UPPER} {_ENDS}
    | \b (?: [Ss]o|[Tt]herefore|[Tt]hus|[Hh]ence ) ,? \s+ (?:both\s+|options?\s+)* {UPPER}
      (?= (?:[)*]*(?:,|,?\s+and|\s*&)\s+[(*]*[A-Z]){{1,8}}[)*]*[.!]?\s*(?:\n|\Z) )
    | \b (?: [Oo]nly|[Jj]ust ) \s* {NAMED}? {UPPER} [)\]*_"'.`]* \s*
      (?= remains|is\s+left|fits|works|matches|passes|satisfies|gives|meets|describes|contains
        |agrees|holds|applies|makes|shows|explains|involves|produces|provides|reflects|refers|follows
        |is\s+(?:correct|right|possible|true|an?|the)\b
        |(?:was|has|had|can|could)\s+
          (?!not\b|no\b|never\b|been\s+(?:ruled|excluded|eliminated))[a-z] )
    | \b (?: [Mm]akes|[Mm]aking|[Mm]ade ) \s+ (?:only\s+)? {NAMED}? {UPPER} [)\]*_"'.`]* \s+
      (?= (?:the\s+)?(?:only\s+)?(?:correct|right|best|most)\b )
    | \b (?: [Ss]o|[Tt]herefore|[Tt]hus|[Hh]ence ) ,? \s+ {NAMED}? {UPPER}
      (?= [)*]*\s+(?:fits|works|matches|it\s+is)[.!,] )
    | \b (?: confident|sure|certain ) [^.:\n]{{0,30}} : \s* {UPPER} (?= [)*]*[.!]?\s*(?:\n|\Z) )
    | [,—–] \s+ (?:(?:la|die|the|a)\s+)? (?: [Rr]éponse|[Aa]ntwort|[Rr]espuesta|[Rr]esposta
        |[Rr]isposta|[Oo]pción|[Oo]pção|[Oo]pzione ) \s+ {UPPER} (?= [)*]*[.!] )
    | \b [Rr]ichtig \s+ ist \s+ (?:(?:daher|also|somit|damit|folglich|demnach)\s+)?
      (?: (?:die\s+)?(?:Antwort|Option|Aussage|Lösung)\s+ )? {UPPER} (?= [)*]*[.!,;] )
    | (?: ^|[.!?]\s+ ) (?:So|Therefore|Thus|Hence)\b [^.:\n]{{1,120}} : \s+ {UPPER}
      (?= [)*]*[.!]?\s*\Z )
    | , \s+ but \s+ {UPPER} (?= \s+is\s+[a-z]{{3,}}er\b )
    | , \s+ (?: also|donc|quindi|portanto|entonces|por\s+tanto ) \s+ {NAMED}? {UPPER} {_ENDS}
    | (?: \b (?: [Bb]leibt(?:\s+(?:also|somit|nur|noch))* | (?:[Ii]l\s+)?ne\s+reste\s+que
        | [Rr]este(?:\s+(?:donc|seulement))?
        | [Qq]ueda(?:\s+(?:solo|sólo))? | [Rr]esta(?:\s+(?:solo|só|apenas))? | [Оо]ста[её]тся
        (?:\s+(?:только|лишь))? ) \s+ (?:la\s+|a\s+|le\s+|die\s+)?
        (?: (?:[Oo]pción|[Oo]pção|[Oo]pzione|[Rr]éponse|[Ll]etra|[Aa]ntwort|[Вв]ариант)\s+ )? )
      {UPPER} (?= [)*]*(?:[.,;!]|\s+(?:übrig|als)\b|\s*\Z) )
    | (?: ^|[.!?]\s+ )
      (?: [Ll]etra|[Oo]pción|[Oo]pção|[Aa]lternativa|[Ll]ettera|[Oo]pzione|[Вв]ариант )
      \s+ {UPPER} (?= [.!*]*\s*\Z )
    | {UPPER} (?= が残(?:り|る) )
    | \b (?:[Ss]omit|[Aa]lso|[Dd]aher|[Dd]amit|[Ff]olglich|[Dd]eshalb|[Dd]emnach
        |[Dd]arum)
      \s+ (?:ist|wäre)\s+ (?:(?:die\s+)?(?:Antwort|Option|Aussage)\s+)? {UPPER}
      (?= [)*]*\s+(?:richtig|korrekt|die\s+(?:richtige|korrekte|beste|passende)) )
    | \b [Cc]['’]est \s+ (?:donc\s+)? (?:la\s+(?:réponse\s+)?)? {UPPER}
      (?= [)*]*\s+qui\s+(?:est|convient) )
    | (?: 剩下|只剩下? ) \s* {NAMED}? {UPPER}
    | \b (?: [Ee]verything|[Aa]ll|[Aa]nything ) (?: \s+options )? \s+ (?: but|except
      |other\s+than ) \s+ {NAMED}? {UPPER}
      (?= [)*\]]*\s+(?:can|is|are|has|have)\b )
    | \b [Bb]etween \s+ [(*]*[A-Z][)*]* \s+ and \s+ [(*]*[A-Z][)*]* , \s+ {NAMED}? {UPPER}
      (?= [)*\]]*\s+(?:is|seems|fits|makes)\s+(?:clearly\s+|slightly\s+)?
        (?:the\s+)?(?:better|best|more) )
    | (?: ^|[.!?]\s+ ) Answer \s+ (?:choice|option) \s+ {UPPER} (?= [.!)*]*\s*\Z )
    | (?: ^|[.!?]\s+ ) [Nn]ot \s+ {NAMED}? [A-Z] [.,;] \s+ {UPPER} {_ENDS}
    | (?: \b (?: correspond(?:s|ing)?\s+(?:to|with) | match(?:es|ing)? | points?\s+to | leads?\s+to
           | [Ll]eav(?:es|ing)(?:\s+(?:us|only|just))?(?:\s+with)? | (?:instance|example|case)\s+of
           | equivalent\s+to | go\s+with
           | we\s+(?:get|have|obtain) ) \s+
        | (?:对应|对应于|符合) \s* )
      (?: (?:the|only|with) \s+ )* {NAMED}? {UPPER} {_ENDS}
    | \b (?: (?:[Ii]t|[Tt]hat|[Tt]his)(?:['’]s|\s+is) | [Ii]ts | which\s+is | i\.e\.,?
         | (?:[Mm]ust|has\s+to|should|would)\s+be | namely
         | (?:had|have|forced)\s+to\s+(?:choose|pick|guess|answer|say)\b,? ) \s+
      {_SURELY} {NAMED}? {UPPER} {_ENDS}
    """,
    re.VERBOSE,
)
_HEDGED = re.compile(
    rf"(?<!\bor )(?:\b(?:might|could|may)\s+(?:also\s+|equally\s+)?be"
    rf"|可能是|也许是|maybe)\s*{NAMED}?{UPPER}{_ENDS}",
    re.IGNORECASE,
)
_LOWER = re.compile(
    r"(?:\b(?:option|choice|answer|statement)\s+[(]?(?P<named>[a-z])[)]?"
    r"|^\s*[(]?(?P<bare>[b-hj-z])[)]?)\s+is\s+"
    r"(?:the\s+)?(?:correct|right|best|true)\b(?!\s*\?)"
    r"|\b(?:[Ii]t|[Tt]hat)(?:['’]?s|\s+(?:is|(?:must|has\s+to|should)\s+be))\s+"
    r"(?:(?P<it>[b-hj-z])|\((?P<that>[a-z])\))[.!]?\s*$",
    re.MULTILINE,
)
_TRUE_STATEMENT = re.compile(rf"\b[Ss]tatement\s+{UPPER}[)\]*_\"']*\s+is\s+(?:\w+ly\s+)?true\b")

_REFUTED = re.compile(
    r"[)\]*_\"']*\s+(?:(?:is|are|was)\s+(?:\w+ly\s+)?(?:out|wrong|incorrect|not|ruled|eliminated|false|excluded"
    r"|impossible|irrelevant)|fails?|does(?:\s+not|n['’]t)|can\s?not|can['’]t|falls?\s+away|drops?\s+out"
    r"|(?:looks|seems|appears)\s+(?:attractive|tempting|plausible|promising)\s+[^.\n]{0,80}\b(?:but|however|yet))\b"
)
_BOTH_POSSIBLE = re.compile(
    r"[)\]*_\"']*\s[^.;:\n]{1,80}?\b(?:and|or)\s+(?:[Oo]ption\s+)?[(*]*[A-Z][)*]*\s[^.;:\n]{0,80}?"
    r"\b(?:(?:are|were|seem)\s+(?:both\s+)?(?:good|possible|plausible|likely|reasonable)|could|might|may)\b"
)
"""What goes on about another option, too, after the letter of one: both are offered."""


def judged(text: str, options: Options) -> Iterator[Candidate]:
    """Every option that is judged right, or that the text comes to, where its letter stands."""
    for found in _JUDGEMENT.finditer(text):
        before = text[max(0, found.start() - 24) : found.start()]
        negated = NOT_JUDGED.search(before)
        if negated and re.search(rf"\b{found[1]}[)*]*\s*,\s*\W*\Z", before):
            negated = None  # "between C and D, D fits better"
        if (not negated or _IS_WHY.search(before)) and found[1] in options.letters:
            how = "judgement" if _SINGLED_OUT.search(found.group()) else "found right"
            yield Candidate(found.start(1), 1, found[1], how)
    for pattern, how in (
        (_HEDGED, "found right"),
        (_TRUE_STATEMENT, "found right"),
        (_LOWER, "judgement"),
    ):
        for found in pattern.finditer(text):
            letter = found[found.lastindex or 0].upper()
            if letter in options.letters:
                yield Candidate(found.start(found.lastindex or 0), 1, letter, how)
    for found in _CONCLUSION.finditer(text):
        start = found.start(found.lastindex or 0)
        if MISTAKEN.search(text[max(0, start - 100) : start].rpartition(". ")[2]):
            continue
        if _REFUTED.match(text, found.end()):
            continue
        if _SO_IS.match(found.group()) and text[: found.start()].rstrip().endswith("and"):
            continue
        letters = read(text, start, line_end(text, start), options)
        if letters is not None and text[start].upper() in options.letters:
            both = len(letters) == 1 and _BOTH_POSSIBLE.match(text, start + 1)
            yield Candidate(start, 1, UNDECIDED if both else letters, "conclusion")
