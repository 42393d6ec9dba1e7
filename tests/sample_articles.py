"""The articles of the tests' corpus: our own sentences in the inline format."""

import random

ACTORS = ("army", "coast guard", "border police", "miners' union", "ministry", "rebel front")
OTHERS = ("farmers", "journalists", "envoys", "fishermen", "students", "traders")
PLACES = ("Norvale", "Port Ellis", "Kasmara", "Dunhollow", "Tirra", "Ostmark")
# @a, @b, @p, @q stand for an actor, another actor and two places, chosen by the article's number.
LINES = (
    "ASSAULT :: The {@a|source} shelled {@p|destination} from {@q|origin}, wounding {@b|target}.",
    "ASSAULT :: Gunmen of the {@a|source} shot two {@b|target} in {@p|site} at dawn.",
    "PROTEST :: Hundreds of {@b|source} marched through {@p|site} against the {@a|target}.",
    "PROTEST :: In {@p|site} {@b|source} went on strike over unpaid wages.",
    "AID :: The {@a|source} flew blankets from {@q|origin} to {@b|target} in {@p|destination}.",
    "AID :: Trucks of the {@a|source} brought flour by way of {@q|transit} to {@p|destination}.",
    "CONSULT :: The {@a|source, target} met {@b|source, target} for talks in {@p|site}.",
    "REQUEST :: The {@a|source} urged {@b|target} to leave {@p|origin} before the rains.",
    "COERCE :: The {@a|source} detained {@b|target} at a checkpoint near {@p|site}.",
    "RETREAT :: The {@a|source} pulled out of {@p|origin} overnight, {@b|reporter} said.",
    "none :: {@b|bystander} in {@p|background} mended their nets in the wind. :: weather",
    "none :: The {@a|bystander} was founded in {@p|background} forty years ago. :: biography",
    "none :: Prices in {@p|background} rose, according to {@b|reporter}. :: markets, reported",
    "PROTEST, COERCE :: {@b|source:PROTEST, target:COERCE} blocked a road in {@p|site:PROTEST} and"
    " the {@a|source:COERCE} seized their lorries. :: multi-event, dual-role",
)
HEAD = """headline: News from {place}
dateline: {upper}, March {day}
date: 2014-03-{day:02d}
style: dispatch
region: europe

"""


def _aside(number: int) -> str:
    """Words that no other sentence has: without them the templates would be near-duplicates."""
    letters = random.Random(number).choices("abdefghiklmnoprstuvz", k=54)
    return " ".join("".join(letters[at : at + 9]) for at in range(0, 54, 9))


def article_text(number: int) -> str:
    """One article of four sentences in the inline format; the number chooses all of it."""
    names = {
        "@a": ACTORS[number % len(ACTORS)],
        "@b": OTHERS[number * 5 % len(OTHERS)],
        "@p": PLACES[number * 7 % len(PLACES)],
        "@q": PLACES[(number * 7 + 1 + number % 5) % len(PLACES)],
    }
    lines = []
    for step in range(4):
        line = LINES[(number * 4 + step) % len(LINES)]
        for slot, name in names.items():
            line = line.replace(slot, name)
        sentence, dots, tags = line.partition(". :: ")
        lines.append(
            f"{sentence.removesuffix('.')} as {_aside(number * 4 + step)}{dots or '.'}{tags}"
        )
    place = names["@p"]
    head = HEAD.format(place=place, upper=place.upper(), day=number % 28 + 1)
    return head + f"{lines[0]}\n{lines[1]}\n\n{lines[2]}\n{lines[3]}\n"
