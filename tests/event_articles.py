"""Three invented articles with their events, written out as the tagger would make them."""

import re
from dataclasses import replace

from tagging.events.articles import TaggedArticle
from tagging.events.record import (
    Affiliation,
    EventDate,
    EventRecord,
    Evidence,
    Location,
    Movement,
    Party,
    Whereabouts,
)
from tagging.tagged import Scored, TaggedMention, TaggedSentence

ATTACK = """Mortar bombs from across the border hit camp near El Geneina

EL GENEINA, Sudan, March 14 -

Mortar bombs flew from eastern Chad into a camp near El Geneina early Thursday, where peacekeepers \
sleep, the governor of West Darfur told journalists. The gunmen wounded four of the peacekeepers.

The Sudanese army moved two battalions from Khartoum to Nyala in response. In January the movement \
had attacked a police post in Adré.
"""
TALKS = """A day of calls over the strait

TOKYO -

The foreign minister of Japan flew from Tokyo to Honolulu on Monday to consult with American \
officials. Fijian diplomats travelled from Suva to Honolulu for the same talks.

Wellington rejected the draft, a spokeswoman for New Zealand's cabinet said. In Apia the prime \
minister of Samoa met the Fijian diplomats.
"""
PROTEST = """Bakers march, and flour arrives

Several thousand bakers marched through the old town on Friday against the price of flour. The \
Harbour Guild gave them forty tonnes of flour.
"""


def place(name, country, latitude, longitude, radius=10.0, kind="city", admin1=None, modifier=None):
    return Location(name, kind, country, admin1, None, latitude, longitude, radius, modifier)


CHAD = place("Chad", "TD", 14.2, 20.9, 260.0, "country", modifier="eastern")
EL_GENEINA = place("El Geneina", "SD", 13.45, 22.45, 12.0, admin1="West Darfur")
KHARTOUM = place("Khartoum", "SD", 15.59, 32.53, 15.0, admin1="Khartoum")
NYALA = place("Nyala", "SD", 12.05, 24.88, 10.0, admin1="South Darfur")
ADRE = place("Adré", "TD", 13.47, 22.2, 5.0, admin1="Ouaddaï")
TOKYO = place("Tokyo", "JP", 35.69, 139.69, 15.0, admin1="Tokyo")
HONOLULU = place("Honolulu", "US", 21.31, -157.86, 10.0, admin1="Hawaii")
SUVA = place("Suva", "FJ", -18.14, 178.44, 8.0)
APIA = place("Apia", "WS", -13.83, -171.77, 8.0)


class Writer:
    """Makes the parts of an article's events from words that stand in its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def words(self, quote: str, nth: int = 0) -> Evidence:
        start = [found.start() for found in re.finditer(re.escape(quote), self.text)][nth]
        return Evidence(quote, start, start + len(quote), (start, start + len(quote)))

    def actor(self, quote, sure=0.9, country=None, sector=None, refers=None, nth=0) -> Party:
        behind = self.words(refers) if refers else None
        return Party(self.words(quote, nth), sure, Affiliation(country, sector), behind)

    def place(self, quote, location=None, sure=0.9, nth=0) -> Whereabouts:
        return Whereabouts(self.words(quote, nth), sure, location)

    def event(self, kind, quad, sentence, evidence, day=None, **fields) -> EventRecord:
        empty = {
            name: ()
            for name in (
                "sources", "targets", "reporters", "origins", "destinations", "sites", "transits",
            )
        }  # fmt: skip
        made = {
            "id": f"e{sentence}-{kind}", "article": "a", "sentences": (sentence,),
            "evidence": self.words(evidence), "date": day or EventDate(None, "unknown", "none"),
            "event_type": kind, "quad_class": quad, "probability": 0.95, "joint": 0.41,
            "movement": None, "cameo": None, "acled": None, "models": {}, "codebooks": {},
        }  # fmt: skip
        return EventRecord(**(made | empty | fields))

    def day(self, first, quote, precision="day", background=False) -> EventDate:
        return EventDate(first, precision, "expression", self.words(quote), background)

    def mention(self, quote: str, *labels: str, nth: int = 0) -> TaggedMention:
        found = self.words(quote, nth)
        scored = tuple(Scored(label, 0.8) for label in labels)
        return TaggedMention(found.start, found.end, found.source, quote, scored, {})

    def article(self, name, events, actors=(), places=(), date=None) -> TaggedArticle:
        sentences = [
            self._sentence(name, number, match, events, actors, places)
            for number, match in enumerate(self._matches(), start=1)
        ]
        title = self.text.split("\n")[0]
        return TaggedArticle(name, title, date, self.text, tuple(sentences), tuple(events))

    def _matches(self):
        body = [line for line in self.text.split("\n\n")[1:] if not line.endswith(" -")]
        for paragraph in body:
            for sentence in re.findall(r"[^.]+\.", paragraph):
                yield self.words(sentence.strip())

    def _sentence(self, name, number, at, events, actors, places) -> TaggedSentence:
        types = tuple(
            Scored(event.event_type, event.probability)
            for event in events
            if number in event.sentences
        )
        inside = [
            tuple(one for one in found if at.start <= one.start < at.end)
            for found in (actors, places)
        ]
        return TaggedSentence(
            name, number, at.start, at.end, at.source, None, at.text, types, *inside
        )


def attack() -> TaggedArticle:
    """A cross-border attack, its answer, and an earlier one."""
    w = Writer(ATTACK)
    shelling = w.event(
        "ASSAULT", "material conflict", 1, "Mortar bombs flew",
        w.day("2019-03-14", "early Thursday"),
        sources=(w.actor("The gunmen", 0.64, None, "UAF"),),
        targets=(w.actor("peacekeepers", 0.97, None, "IGO"),),
        reporters=(w.actor("the governor of West Darfur", 0.99, "SD", "GOV"),),
        origins=(w.place("eastern Chad", CHAD, 0.96),),
        destinations=(w.place("El Geneina", EL_GENEINA, 0.91, nth=1),),
        movement=Movement(115.0, "ESE", 187.0, 260.0, True),
    )  # fmt: skip
    moved = w.event(
        "MOBILIZE", "material conflict", 3, "moved two battalions",
        EventDate("2019-03-14", "day", "article"),
        sources=(w.actor("The Sudanese army", 0.98, "SD", "MIL"),),
        origins=(w.place("Khartoum", KHARTOUM),), destinations=(w.place("Nyala", NYALA),),
        movement=Movement(245.1, "WSW", 911.0, 18.0, False),
    )  # fmt: skip
    earlier = w.event(
        "ASSAULT", "material conflict", 4, "had attacked",
        w.day("2019-01-01", "In January", "month", True),
        sources=(w.actor("the movement", 0.71, refers="The gunmen", sector="REB"),),
        targets=(w.actor("a police post", 0.88, "TD", "COP"),), sites=(w.place("Adré", ADRE),),
    )  # fmt: skip
    shelling = replace(shelling, sentences=(1, 2))
    actors = [w.mention("journalists"), w.mention("four of the peacekeepers", "target")]
    places = [w.mention("West Darfur", "background"), w.mention("eastern Chad", "origin")]
    return w.article("attack", [shelling, moved, earlier], actors, places, "2019-03-14")


def talks() -> TaggedArticle:
    """A diplomatic day with consultations on both sides of the date line."""
    w = Writer(TALKS)
    monday = w.day("2022-05-02", "on Monday")
    first = w.event(
        "CONSULT", "verbal cooperation", 1, "to consult", monday,
        sources=(w.actor("The foreign minister of Japan", 0.97, "JP", "GOV"),),
        targets=(w.actor("American officials", 0.95, "US", "GOV"),),
        origins=(w.place("Tokyo", TOKYO),), destinations=(w.place("Honolulu", HONOLULU),),
        movement=Movement(87.4, "E", 6200.0, 18.0, True),
    )  # fmt: skip
    second = w.event(
        "CONSULT", "verbal cooperation", 2, "travelled",
        sources=(w.actor("Fijian diplomats", 0.96, "FJ", "GOV"),),
        origins=(w.place("Suva", SUVA),),
        destinations=(w.place("Honolulu", HONOLULU, nth=1),),
        movement=Movement(27.4, "NNE", 5090.0, 13.0, True),
    )  # fmt: skip
    third = w.event(
        "REJECT", "verbal conflict", 3, "rejected",
        sources=(w.actor("Wellington", 0.9, "NZ", "GOV"),),
        reporters=(w.actor("a spokeswoman for New Zealand's cabinet", 0.93, "NZ", "GOV"),),
    )  # fmt: skip
    fourth = w.event(
        "CONSULT", "verbal cooperation", 4, "met",
        sources=(w.actor("the prime minister of Samoa", 0.9, "WS", "GOV"),),
        targets=(w.actor("the Fijian diplomats", 0.9, "FJ", "GOV", refers="Fijian diplomats"),),
        sites=(w.place("Apia", APIA),),
    )  # fmt: skip
    places = [w.mention("New Zealand", "background")]
    return w.article("talks", [first, second, third, fourth], (), places, "2022-05-03")


def protest() -> TaggedArticle:
    """A march and aid, of which no place is known."""
    w = Writer(PROTEST)
    march = w.event(
        "PROTEST", "material conflict", 1, "marched", w.day("2020-02-07", "on Friday"),
        sources=(w.actor("Several thousand bakers", 0.98, None, "LAB"),),
        sites=(w.place("the old town", None),),
    )  # fmt: skip
    flour = w.event(
        "AID", "material cooperation", 2, "gave",
        sources=(w.actor("The Harbour Guild", 0.9),),
        targets=(w.actor("them", 0.85, None, "LAB", "Several thousand bakers"),),
    )  # fmt: skip
    return w.article("protest", [march, flour], (), (), "2020-02-08")
