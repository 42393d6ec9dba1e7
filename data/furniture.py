"""What stands on a news page and is no article: patterns for whole lines, each with its reason."""

import re
from typing import Final

AGENCIES: Final = (
    r"(?:AFP|AP|Reuters|REUTERS|Xinhua|IRIN|TASS|Interfax|INTERFAX|dpa|DPA|EFE|ANSA|Kyodo|KYODO|PTI"
    r"|ANI|UPI|IPS|Anadolu|Yonhap|Bloomberg|PANA|Getty Images|Getty|EPA|Shutterstock)"
)
MONTH: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_WEEKDAY: Final = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:\.|day|s?day|nesday|rsday|urday)?"
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?"
DATE: Final = (
    rf"(?:(?:{_WEEKDAY},? )?(?:{MONTH} {_DAY}|{_DAY} {MONTH})(?:,? \d{{4}})?"
    rf"|{_WEEKDAY}|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|\d{{4}}-\d\d-\d\d)"
)
_CLOCK: Final = r"\d{1,2}[:.]\d\d(?::\d\d)? ?(?:[ap]\.?m\.?)?(?: ?\(?[A-Z]{2,4}(?:[+-]\d+)?\)?)?"
_NAME: Final = r"(?:[A-Z][\w'’.-]*|de|van|von|al|bin|el|da|dos)"
_NAMES: Final = rf"[A-Z][\w'’.-]*(?: {_NAME}){{1,3}}"
_WRITER: Final = r"(?:correspondents?|reporters?|writers?|agencies|editors?|desk|staff)"
_OUTLET: Final = (
    r"(?i:share|tweet|e-?mail|print|save|copy|link|bookmark|like|facebook|twitter|x|whatsapp"
    r"|telegram|linkedin|reddit|messenger|flipboard|pinterest|instagram|youtube|rss|bluesky)"
)
_SHARED: Final = r"(?i:this|the|article|story|page|post|via|on|by|to|with|friends|clipboard)"
_SECTION: Final = (
    r"(?:home(?: ?page)?|news|world|africa|asia|europe|americas?|middle east|us|uk|u\.s\.|national"
    r"|local|international|regional|politics|business|economy|markets?|money|sports?|football"
    r"|culture|arts|life|lifestyle|travel|health|science|tech|technology|climate|environment"
    r"|weather|opinion|comment|analysis|editorials?|columns?|letters|features|in depth|videos?"
    r"|audio|podcasts?|photos?|pictures|gallery|live|tv|radio|jobs|classifieds|obituaries|e-?paper"
    r"|archives?|about|about us|contact|contact us|help|faq|advertise(?: with us)?|careers"
    r"|privacy(?: policy)?|terms(?: of (?:use|service))?|cookies|accessibility|sitemap|menu|search"
    r"|log ?in|sign ?in|sign ?up|register|subscribe|my account|account|shop|more|all|all sections"
    r"|sections|close|next|previous|back|back to top|top|editions?|english|french|français|español"
    r"|arabic|breaking news|latest|tags|topics)"
)
_MAIL: Final = (
    r"(?=.*\b(?:newsletters?|inbox|e-?mails?|alerts?|account|our app|channel|updates|unlimited"
    r"|digital)\b)"
)

# Lines after which a box of links follows; the article may go on behind the box.
BOX: Final = re.compile(
    r"(?i)(?:read (?:more|also|next)|also read|see also|see more|more on this"
    r"|more on (?:this|the) (?:story|topic|subject)"
    r"|related(?: (?:stories|articles|news|topics|content|coverage|links|posts|headlines|reading))?"
    r"|recommended(?: (?:stories|reading|articles|for you))?"
    r"|you (?:may|might) (?:also )?(?:like|enjoy|be interested in)(?: .{0,20})?"
    r"|further reading|don['’]t miss|in this (?:story|article))\s*[:»>.…]*"
)
# Lines after which the article is over, once it has begun.
END: Final = re.compile(
    r"(?i)(?:most (?:read|popular|viewed|shared|watched|commented)(?: .{0,20})?"
    r"|trending(?: .{0,15})?|top stories|latest (?:news|stories|headlines|updates)"
    r"|more (?:from|in|news|stories|headlines)\b[^.]{0,40}|about the authors?|about us|contact us"
    r"|notes? (?:to|for) editors?|from our partners|around the web|(?:our|editors?['’]s?|top) picks"
    r"|popular (?:now|stories|posts)|leave a reply|join the (?:conversation|discussion)"
    r"|(?:view |show |post a |leave a |add a |\d+ )?comments?(?: \(\d+\)| closed| section)?"
    r"|(?:news|other|today['’]s) headlines|topics|tags)\s*:?"
)

_RULES: Final = (
    ("separator", r"\W+"),
    ("table", r"\|.*\|"),
    (
        "advertisement",
        r"(?i)advertise?ments?|adverts?|ads? feedback|promoted|paid (?:content|post)",
    ),
    (
        "advertisement",
        r"(?i)sponsored(?: (?:content|by\b.{0,40}))?|skip (?:ad|advert|past)\b.{0,50}",
    ),
    ("advertisement", r"(?i)(?:story|article) continues (?:below|after)\b.{0,40}"),
    (
        "advertisement",
        r"(?i)(?:continue|keep) reading(?: below)?|scroll (?:down )?to continue.{0,30}",
    ),
    ("share", rf"(?:{_OUTLET}[\s,/|·:&+]*(?:{_SHARED}\b[\s,/|·:&+]*)*)+"),
    ("share", r"(?i)\d[\d,.]*k? (?:shares|likes|views|retweets)"),
    (
        "related link",
        r"(?i)(?:read (?:more|also|next)|also read|see also|more on this|related(?: \w+)?|watch"
        r"|listen|don['’]t miss|recommended)\s*(?:[:|»>–—]|- )\s*\S.*|[»›>]\s?\S.{5,150}"
        r"|\[[^\].!?]{5,150}\]",
    ),
    (
        "newsletter",
        rf"(?i)(?:sign up|subscribe|register|join|log in|sign in)\b(?:{_MAIL}.{{0,200}}"
        r"|(?: \w+){0,2} (?:here|now|today|us|free)\W*)",
    ),
    ("newsletter", rf"(?i)(?:get|receive|download)\b{_MAIL}.{{0,140}}|enter your e-?mail.{{0,60}}"),
    ("newsletter", r"(?i)(?:daily |weekly |our )?newsletters?|download (?:our|the) app\b.{0,60}"),
    ("newsletter", r"(?i)follow us\b.{0,80}|never miss a story.{0,40}"),
    (
        "newsletter",
        r"(?i)(?:support|donate)(?: to)? (?:our|independent) \w*(?:work|journalism).{0,60}",
    ),
    (
        "newsletter",
        r"(?i)(?=.*\b(?:journalism|reporting|newsroom|readers?|subscri\w+|donat\w+|what you can)\b)"
        r"(?:we need your|help us|support our|please (?:support|donate|consider)|donate"
        r"|if you (?:value|like)|your (?:support|gift|donation))\b.{0,250}",
    ),
    (
        "newsletter",
        r"(?i)you(?:['’]ve| have) .{0,40}\b(?:free|remaining) (?:articles?|stories)\b.{0,60}"
        r"|already (?:a (?:subscriber|member)|subscribed)\?.{0,60}",
    ),
    (
        "notice",
        r"(?i)what do you think\b[^.]{0,60}\?|have your say\b.{0,60}|take our poll.{0,40}"
        r"|(?:have you|do you have) (?:got )?(?:a|any) (?:story|tip|news|information)\b.{0,120}"
        r"|(?:this|our) live (?:page|blog|coverage|updates?)\b.{0,80}",
    ),
    (
        "newsletter",
        r"(?i)by (?:signing up|subscribing|clicking|continuing)\b.{0,60}\byou\b.{0,160}",
    ),
    (
        "notice",
        r"(?i).{0,200}\b(?:uses? (?:of )?cookies|accept (?:all )?cookies"
        r"|cookie (?:policy|settings|preferences))\b.{0,200}",
    ),
    (
        "notice",
        r"(?i)(?:please )?(?:enable|turn on) javascript.{0,100}|.{0,60}javascript is .{0,100}",
    ),
    (
        "notice",
        r"(?i)(?:click|swipe|scroll|tap (?:here|on|to|for))\b.{0,80}"
        r"|th(?:is|e) (?:video|audio|clip|content|image) (?:(?:can ?not|can['’]t|could not)"
        r" be (?:played|loaded|displayed|shown)|is (?:un|not |no longer )available)\b.{0,60}",
    ),
    (
        "related link",
        r"(?i)(?:follow|watch|see|read|join) (?:our|the|all our) (?:live|full)\b.{0,60}",
    ),
    (
        "notice",
        r"(?i)accept all|reject all|manage (?:preferences|settings)|privacy (?:policy|notice)",
    ),
    (
        "notice",
        r"(?i)th(?:is|e) (?:article|story|report|piece) (?:was|is|has been) (?:first |originally "
        r"|also |auto\w+ )*(?:published|produced|updated|corrected|amended|generated|syndicated)\b"
        r".{0,200}",
    ),
    ("notice", r"(?i)(?:editor['’]?s['’]? note|our standards|the views expressed)\b.{0,400}"),
    (
        "copyright",
        r"(?i).{0,250}(?:©|\ball rights reserved\b|\bmay not be (?:re-?)?(?:published|produced"
        r"|printed|distributed|broadcast)\b).{0,300}|(?:copyright|\(c\))\s.{0,20}\d{4}.{0,200}",
    ),
    (
        "by-line",
        rf"(?:By|BY|by|From|FROM|Words by|Text by):? {_NAMES}"
        rf"(?:(?:, in|,| and| &| in| at) (?:the )?{_NAME}(?: {_NAME}){{0,4}}){{0,4}}",
    ),
    (
        "by-line",
        r"(?i)(?:(?:by|from) )?(?:our |the |an? )?(?:(?:staff|special|political|diplomatic|foreign"
        rf"|security|chief|own|news) )*{_WRITER}(?:,? (?:in|at) .{{2,30}})?",
    ),
    (
        "by-line",
        r"(?i:\(?(?:(?:additional )?(?:reporting|writing|editing)|compiled|edited|written"
        r"|with (?:reporting|files|contributions?)) (?:by|from)) [A-Z].{2,200}",
    ),
    (
        "by-line",
        rf"{_NAMES}(?:,| \||/| -| in) ?(?:BBC News|{AGENCIES}|(?i:.{{0,25}}{_WRITER}))"
        r"(?:,? (?:in )?[A-Z].{2,30})?|Reporting from [A-Z].{2,40}",
    ),
    ("by-line", r"(?i).{0,80}\bcontributed to (?:this|the) (?:report|story|article)\.?"),
    ("by-line", r"(?i)\(?(?:with inputs? from|contributing:) .{2,100}"),
    (
        "by-line",
        rf"(?:(?:By|BY) {_NAMES}|[A-Z][a-z]+(?: {_NAME}){{1,3}})(?: in {_NAME})?"
        rf"\s*[,|·•–—-]\s*{DATE}(?:[\s,|·•–—-]*(?:at )?{_CLOCK})?",
    ),
    ("by-line", rf"{_NAMES} (?:covers|writes about|reports on) [a-z].{{3,120}}"),
    ("by-line", r"[—–-] ?.{2,40} \(@\w+\).{0,40}"),
    ("contact", r"(?i)(?:tel|phone|fax|e-?mail|website)\b\.?:.{1,100}|\S+@\S+\.\w+"),
    (
        "contact",
        r"(?i)(?:reach|contact|follow|e-?mail) .{1,80} (?:at|on) .{0,40}(?:@\w|\d{3}-\d{4}).{0,80}",
    ),
    (
        "contact",
        r"(?i)for (?:(?:media|press|more|further) (?:queries|enquiries|inquiries|information)"
        r"|interviews?)\b.{0,80}",
    ),
    (
        "by-line",
        rf"\(?(?:{AGENCIES}|Agencies)(?:(?:[/,&]| and| with)\s?(?:{AGENCIES}|agencies))*\)?",
    ),
    (
        "time",
        r"(?i)(?:first |last )?(?:published|updated|posted|modified|issued|created)"
        r"(?: (?:on|at|in))?(?::| \d| [a-z]{3,9}\.? \d| .{0,30}, ).{0,60}",
    ),
    (
        "time",
        rf"(?i:{DATE})(?:T[\d:.]+(?:Z|[+-][\d:]+)?|[\s,|·•–—-]*(?:at )?{_CLOCK})?"
        rf"|{_CLOCK}(?:[\s,|·–—-]*{DATE})?"
        r"|(?i:\d+ ?(?:min(?:ute)?s?|hours?|hrs?|days?|weeks?|h|m|d)(?: ?ago|[ -]read)?)",
    ),
    (
        "caption",
        r"(?i)(?:(?:file )?(?:photo|picture|image|pic)(?:graph)?s?(?: caption| source| credit| by)?"
        r"|(?:media )?caption|credit)\s*(?:[:,|]| -)\s*.+",
    ),
    (
        "caption",
        rf".{{0,400}}(?:\((?:{AGENCIES} |(?i:file |handout |undated ))?"
        r"(?i:photo|picture|image|credit|pic)\b[^)]{0,60}\)"
        r"|\[[^\]]{0,60}(?:/|(?i:file|photo|getty|courtesy|handout))[^\]]{0,60}\]"
        r"|(?:Photo|PHOTO|Picture|Image|Credit|Photograph)s?(?: by)?: [^.]{3,60}"
        rf"|{AGENCIES}\s?/\s?[A-Z][\w.'’ -]{{2,40}}|[A-Z]\w+/{AGENCIES}|Getty Images"
        r"|(?i:file (?:photo|picture|image)))\)?\.?",
    ),
    ("section title", r"[-–—*=~•#_]+\s*[^.\s][^.]{1,80}?\s*[-–—*=~•#_]+|#{1,4} .{2,80}"),
    ("sign-off", r"[a-z]{2,5}(?:[-/][a-z]{2,5}){1,4}"),
    ("sign-off", r"(?i)[-–—(]*\s?(?:ends?|end of (?:text|story|list))\s?[-–—)]*"),
    ("navigation", rf"(?i)(?:{_SECTION}(?:\s*[|>»›·•/&,+-]+\s*|\s+|$))+|skip to .{{1,30}}"),
    ("navigation", r"[^.]{1,60}\s[>»›]\s[^.]{1,100}"),
)
_COMPILED: Final = tuple((reason, re.compile(pattern)) for reason, pattern in _RULES)
_LONGEST: Final = 700  # characters; no rule is for a longer line


def furniture(line: str) -> str | None:
    """Why the line, as a whole, is no part of an article; None where no rule says so.

    The heads of boxes and of what follows the article are left to the caller (`BOX`, `END`),
    as it depends on where they stand.
    """
    if len(line) > _LONGEST:
        return None
    bare = line.strip(" -–—*=[]_|•\t")
    for reason, pattern in _COMPILED:
        if pattern.fullmatch(line) or (bare and pattern.fullmatch(bare)):
            return reason
    return None
