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
    r"(?=[)\]}*_\"'”’`$\\]*\s*(?:$|[.;:!。；\n)]|[,，](?!\s*(?:and\s+|or\s+)?[(]?[A-Z]\b)|[-–—]\s))"
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

_JUDGEMENT = re.compile(
    rf"""
      (?<![A-Za-z'’]) {_NAMED}? {_UPPER} [)\]*_"'.`]* \s*
        (?: (?: is|are|seems|looks|(?:would|must|should|appears\s+to)\s+be ) \s+ {_SURELY}
            (?: (?:the|an?) \s+ )? (?:(?:most|only|single|one)\s+)*
            (?: {FITTING} (?: \s+(?:answer|option|choice|one|statement|response|match|fit) )?
              | answer\b | true\s+(?:answer|statement)\b )
            (?! \s*\? | \s+(?:in\s+some|only|if|for|when|under|but|about|that|to\s+say)\b )
          | (?: fits|matches|works|answers ) \s+ (?: best|the\s+question )
          | it\s+is\b
          | (?:选项|选|项|选择)? (?:是|为)? \s* (?: 正确 | 符合题意 | 对的?(?=[。，,.\s]|$) )
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
           | [Ww]ait|[Aa]ctually|[Nn]o|[Cc]orrection|[Pp]erhaps|[Pp]robably ) \b
      | 所以 | 因此 | 因而 | 故 | 综上 | ∴ | (?:认为|觉得)(?:应该)?[是为] | 应该?[是为]
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


def judged(text: str, options: Options) -> Iterator[Candidate]:
    """Every option that is judged right, or that the text comes to, where its letter stands."""
    for found in _JUDGEMENT.finditer(text):
        negated = _NOT_JUDGED.search(text[max(0, found.start() - 24) : found.start()])
        if not negated and found[1] in options.letters:
            yield Candidate(found.start(1), 1, found[1], "judgement")
    for found in _CONCLUSION.finditer(text):
        start = found.start(found.lastindex or 0)
        letters = read(text, start, line_end(text, start), options)
        if letters is not None:
            yield Candidate(start, 1, letters, "conclusion")
