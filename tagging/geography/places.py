"""The places of one article, each resolved in the light of the others and of the dateline."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tagging.events.record import Location
from tagging.geography.resolve import home_of, locate


@dataclass(frozen=True)
class Places:
    """Place names of an article -> where they are; None where that is unknown.

    `home` is the country that the article is about.
    """

    found: dict[str, Location | None]
    home: str | None

    @staticmethod
    def of(surfaces: Sequence[str], dateline: str | None) -> "Places":
        """Resolves the names; of several places of one name the article's country decides.

        That country is the dateline's, or else the one that most of the other names lie in.
        """
        home = home_of(dateline) if dateline else None
        if home is None:
            home = _most(list(locate(surfaces).values()))
        return Places(locate(surfaces, home), home)

    def find(self, surface: str) -> Location | None:
        """Where the name is; None where that is unknown."""
        return self.found.get(surface)


def _most(places: Sequence[Location | None]) -> str | None:
    countries = Counter(place.country for place in places if place and place.country)
    return countries.most_common(1)[0][0] if countries else None
