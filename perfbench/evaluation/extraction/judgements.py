"""Options that a text judges right or comes to, without calling them the answer.

"B is correct", "so C", "which corresponds to option B", "B项正确". Knows nothing of what such a
judgement weighs against a stated answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from perfbench.evaluation.extraction.letters import Candidate, Options, line_end, read

BARE = r"[(\[*_\"'“‘`$\\{]*"
_UPPER = rf"{BARE}([A-Z])(?![A-Za-z0-9'’+#-])"
_ENDS = (
    r"(?=[)\]}*_\"'”’`$\\]*\s*(?:$|[.;:!。；\n)]|吧|"
    r"[,，](?!\s*(?:and\s+|or\s+)?[(]?[A-Z]\b)|[-–—]\s))"
)
_NAMED = r"(?:(?:[Oo]ption|[Cc]hoice|[Aa]nswer|[Ll]etter|[Ss]tatement|选项)\s*)"
_SURELY = (
    r"(?:(?:definitely|clearly|therefore|thus|most\s+likely|likely|probably|indeed|obviously|also"
    r"|actually|then|certainly)\s+)*"
)
FITTING = (
    r"(?:correct|right|best|accurate|appropriate|suitable|plausible|likely|fitting|probable|logical"
    r"|reasonable)"
)
_MOST = r"(?:most|more|only|single|one)"
_MILD = r"(?:plausible|likely|probable|logical|reasonable)\b"
_SINGLED_OUT = re.compile(
    r"\b(?:the|only|most|more|best|answer|fits|matches|works|answers|it\s+is)\b|符合题意"
)

_JUDGEMENT = re.compile(
    rf"""
      (?<![A-Za-z'’]) {_NAMED}? {_UPPER} [)\]*_"'.`]* \s*
        (?: (?: is|are|seems|looks|(?:would|must|should|appears\s+to)\s+be ) \s+ {_SURELY}
            (?: (?:the|an?)\s+(?:{_MOST}\s+)* | (?:{_MOST}\s+)+ | (?!{_MILD}) )
            (?: {FITTING} (?: \s+(?:answer|option|choice|one|statement|response|match|fit) )?
              | answer\b | true\s+(?:answer|statement)\b )
            (?! \s*\? | \s+(?:in\s+some|only|if|for|when|under|but|about|that|to\s+say)\b )
          | (?: fits|matches|works|answers ) \s+ (?: best|the\s+question )
          | it\s+is\b
          | (?:选项|选|项|选择)? (?:是|为)? \s* (?: 正确 | 最?符合题意 | 对的?(?=[。，,.\s]|$) )
            (?! 的?是 | 与否 | 吗 )
        )
    """,
    re.VERBOSE,
)
_NOT_JUDGED = re.compile(
    r"(?:\b(?:nor|neither|not|if|whether|why|both|how|would|because|either|although|though|while)"
    r"|\b[A-Z][)*]*\s*(?:,|、|和|and\b|or\b)|如果|是否|虽然)"
    r"\s*(?:(?:option|choice|answer|the)\s+)?[(\[*_\"']*$",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(
    rf"""
    (?: \b (?: [Ss]o|[Tt]herefore|[Tt]hus|[Hh]ence|[Cc]onsequently|[Ff]inally|[Ee]limination
           | [Dd]efinitely | [Ww]ait|[Aa]ctually|[Nn]o|[Cc]orrection|[Pp]erhaps|[Pp]robably ) \b
      | 所以 | 因此 | 因而 | 故 | 综上 | ∴ | (?:认为|觉得|猜)(?:应该|可能)?[是为]
      | (?:应该?|可能)[是为]
      | → | ⇒ | -> | => )
      [,:，]? \s* (?: (?:it|that|this)(?:['’]s|\s+is|\s+must\s+be|\s+has\s+to\s+be) \s+ )?
      (?: (?:the|only|is|为|是|选|应选) \s* )* {_NAMED}? {_UPPER} {_ENDS}
    | (?: \b (?: correspond(?:s|ing)?\s+(?:to|with) | match(?:es|ing)? | points?\s+to | leads?\s+to
           | leav(?:es|ing)(?:\s+(?:us|only|just))?(?:\s+with)? | equivalent\s+to | go\s+with
           | we\s+(?:get|have|obtain) ) \s+
        | (?:对应|对应于|符合) \s* )
      (?: (?:the|only|with) \s+ )* {_NAMED}? {_UPPER} {_ENDS}
    | \b (?: (?:[Ii]t|[Tt]hat)(?:['’]s|\s+is) | which\s+is | i\.e\.,?
         | (?:must|has\s+to|should|would|might|could|may)\s+be | namely ) \s+
      {_SURELY} {_NAMED}? {_UPPER} {_ENDS}
    """,
    re.VERBOSE,
)
_ITEM = re.compile(
    r"^[\s>*_#\-•]*(?:\d{1,2}[.)]\s+)?[*_(\[]*(?:[Oo]ption\s+|选项\s*)?[*_(\[]*([A-Z])"
    r"(?:\s*(?:选项|项))?[)\]*_]*(?:[.:：、,，]|\s[-–—]|(?<=[)\]*项])\s)(?P<said>[^\n]+)$",
    re.MULTILINE,
)
_SAYS = r"(?:\A\s|[:：,，;；.。!(（\-–—→*_]|\b(?:is|this|that)\b)\s*[*_]*\s*(?:(?:is|是)\s*)?[*_]*"
_SAID = r"[*_]*\s*(?=$|[.,;:!)。，；：！）\-–—]|\b(?:because|since|as)\b)"
_RIGHT = re.compile(
    rf"[✅✓✔☑]|√\s*$|{_SAYS}(?:correct|true|right|yes|正确|对|符合题意?){_SAID}", re.IGNORECASE
)
_WRONG = re.compile(
    rf"[❌✗✘✖]|×\s*$|{_SAYS}(?:incorrect|false|wrong|no|not\s+(?:correct|true|right)"
    rf"|错误?|不正确|不对|不符合?(?:题意)?){_SAID}",
    re.IGNORECASE,
)


def weighed(text: str, options: Options) -> Iterator[Candidate]:
    """The only option found right where each option is judged on a line of its own."""
    found = [*_ITEM.finditer(text)]
    if len(options.letters) < 2 or "".join(item[1] for item in found) != options.letters:
        return
    said = [item["said"] for item in found]
    right = [bool(_RIGHT.search(each)) for each in said]
    wrong = [bool(_WRONG.search(each)) for each in said]
    if right.count(True) == 1 and all(a != b for a, b in zip(right, wrong, strict=True)):
        yield Candidate(found[-1].start(), 1, found[right.index(True)][1], "each judged")


def judged(text: str, options: Options) -> Iterator[Candidate]:
    """Every option that is judged right, or that the text comes to, where its letter stands."""
    for found in _JUDGEMENT.finditer(text):
        negated = _NOT_JUDGED.search(text[max(0, found.start() - 24) : found.start()])
        if not negated and found[1] in options.letters:
            how = "judgement" if _SINGLED_OUT.search(found.group()) else "found right"
            yield Candidate(found.start(1), 1, found[1], how)
    for found in _CONCLUSION.finditer(text):
        start = found.start(found.lastindex or 0)
        letters = read(text, start, line_end(text, start), options)
        if letters is not None:
            yield Candidate(start, 1, letters, "conclusion")
