"""The places of one article, each resolved in the light of the others and of the dateline."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tagging.events.record import Location
from tagging.geography.resolve import home_of, resolve


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
        alone = {surface: resolve(surface) for surface in surfaces}
        home = (home_of(dateline) if dateline else None) or _most(list(alone.values()))
        found: dict[str, Location | None] = {}
        for surface in alone:
            others = [place for name, place in alone.items() if place and name != surface]
            found[surface] = resolve(surface, near=others, home=home)
        return Places(found, home)

    def find(self, surface: str) -> Location | None:
        """Where the name is; None where that is unknown."""
        return self.found.get(surface)


def _most(places: Sequence[Location | None]) -> str | None:
    countries = Counter(place.country for place in places if place and place.country)
    return countries.most_common(1)[0][0] if countries else None
