"""Examples to model inputs, one code for training and serving: columns or tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from data.records import Example

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PARTS = ("left", "mention", "right", "near_left", "near_right")  # columns of each mark
NEAR = 3  # words


def columns(examples: Sequence[Example], marks: Sequence[str]) -> NDArray[np.object_]:
    """Rows of strings for the scikit-learn families, shape (n, 1 + 5 * marks).

    The text, then for each mark the PARTS: what stands left of it, itself, what stands right of
    it, and the three words next to it on either side; a mark that the example lacks has empty ones.
    """
    table = np.empty((len(examples), 1 + len(PARTS) * len(marks)), dtype=object)
    for row, example in enumerate(examples):
        table[row] = [example.text] + [""] * len(PARTS) * len(marks)
        for mark in example.marks:
            left, right = example.text[: mark.start], example.text[mark.end :]
            near = " ".join(left.split()[-NEAR:]), " ".join(right.split()[:NEAR])
            at = 1 + len(PARTS) * marks.index(mark.name)
            cells = (left, example.text[mark.start : mark.end], right, *near)
            table[row, at : at + len(PARTS)] = cells
    return table


def opening(mark: str) -> str:
    """The special token in front of a mark's text."""
    return f"[{mark}]"


def closing(mark: str) -> str:
    """The special token behind a mark's text."""
    return f"[/{mark}]"


def marker_tokens(marks: Sequence[str]) -> list[str]:
    """The special tokens that a task's marks need, in the order in which they get their ids."""
    return [token for mark in marks for token in (opening(mark), closing(mark))]


def marked_text(example: Example) -> str:
    """The text with each mark wrapped in its special tokens; marks may nest."""
    inserts: list[tuple[int, int, str]] = []
    for mark in example.marks:
        length = mark.end - mark.start
        inserts.append((mark.start, length, opening(mark.name)))
        inserts.append((mark.end, -length, closing(mark.name)))
    text = example.text
    # From the right; at one place closing tokens stand left of opening ones, shorter marks inside.
    for position, _, token in sorted(inserts, key=_insert_order, reverse=True):
        text = f"{text[:position]} {token} {text[position:]}"
    return text


def _insert_order(insert: tuple[int, int, str]) -> tuple[int, int, int]:
    position, length, _ = insert
    return (position, 1, -length) if length > 0 else (position, 0, -length)


@dataclass(frozen=True)
class Encoded:
    """One example's token ids, shape (t,), and its pooling rows, shape (rows, t).

    Of a classifier there are 1 + 2 * marks rows. Row 0 averages all tokens; then for each mark one
    row picks its opening token and one averages from the opening to the closing token. The rows of
    a mark that the example lacks are zero. Of a mention tagger there is a row a word; `traits`,
    shape (rows, traits), says of each word what its tokens do not.
    """

    ids: NDArray[np.int64]
    pool: NDArray[np.float32]
    traits: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class TextEncoder:
    """Turns examples into token ids and pooling rows with one tokenizer file.

    An example of a source that `guidelines` names has it in front, whatever is cut off a long
    text: "plv: [mention] The army …".
    """

    tokenizer: "Tokenizer"
    marks: tuple[str, ...]
    max_length: int
    guidelines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for token in marker_tokens(self.marks):
            self._id(token)
        least = 2 + 3 * len(self.marks)  # the frame, and of each mark both markers and a token
        least += max(map(len, self._leads.values()), default=0)
        if self.max_length < least:
            wanted = f"max_length of {least} at least, for {len(self.marks)} marks"
            raise BadInput(wanted, str(self.max_length), "raise model.max_length")

    def _id(self, token: str) -> int:
        found: int | None = self.tokenizer.token_to_id(token)
        if found is None:
            raise BadInput(f"a tokenizer with the token {token}", "none", "train the model again")
        return found

    def marker_ids(self, mark: str) -> list[int]:
        """The ids of its opening and its closing token."""
        return [self._id(opening(mark)), self._id(closing(mark))]

    def encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """One Encoded an example; a longer text keeps `max_length` tokens round its marks."""
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        texts = [marked_text(self._unmarked(example)) for example in examples]
        encodings = self.tokenizer.encode_batch(texts)
        return [
            self._encoded(np.array(encoding.ids), self._leads.get(example.source, []))
            for encoding, example in zip(encodings, examples, strict=True)
        ]

    @cached_property
    def _leads(self) -> dict[str, list[int]]:
        """The token ids of each guideline's name and a colon."""
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        return {
            name: self.tokenizer.encode(f"{name}:", add_special_tokens=False).ids
            for name in self.guidelines
        }

    def _unmarked(self, example: Example) -> Example:
        """The example without a text that itself spells a marker: "[mention]" to "(mention)"."""
        text = example.text
        for token in marker_tokens(self.marks):
            text = text.replace(token, f"({token[1:-1]})")
        return replace(example, text=text)

    def _encoded(self, ids: NDArray[np.int64], lead: list[int]) -> Encoded:
        ids = self._window(ids, self.max_length - len(lead))
        ids = np.concatenate([ids[:1], np.array(lead, dtype=np.int64), ids[1:]])
        pool = np.zeros((1 + 2 * len(self.marks), len(ids)), dtype=np.float32)
        pool[0] = 1 / len(ids)
        for row, mark in enumerate(self.marks):
            starts = np.flatnonzero(ids == self._id(opening(mark)))
            if len(starts):
                start = int(starts[0])
                ends = np.flatnonzero(ids == self._id(closing(mark)))
                end = int(ends[0]) + 1 if len(ends) else len(ids)
                pool[1 + 2 * row, start] = 1
                pool[2 + 2 * row, start:end] = 1 / (end - start)
        return Encoded(ids, pool)

    def _window(self, ids: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        if len(ids) <= length:
            return ids
        opens, closes = (
            np.isin(ids, [self._id(spelled(mark)) for mark in self.marks])
            for spelled in (opening, closing)
        )
        places = np.flatnonzero(opens | closes)
        room = length - 2  # the first and the last token frame every text
        start = 1
        if len(places):  # as much on both sides of the marks
            first, span = int(places[0]), int(places[-1] - places[0]) + 1
            if span > room:
                inside = np.cumsum(opens) > np.cumsum(closes)
                return ids[_nearest(places, inside, room)]
            start = min(max(1, first - (room - span) // 2), len(ids) - 1 - room)
        return np.concatenate([ids[:1], ids[start : start + room], ids[-1:]])


def _nearest(markers: NDArray[np.int64], inside: NDArray[np.bool_], room: int) -> NDArray[np.int64]:
    """The first place, the last, and between them the `room` nearest to a marker, in order.

    Of two that are as near, the one inside a mark comes first, then the left one.
    """
    places = np.arange(1, len(inside) - 1)
    distances = np.abs(places[:, None] - markers).min(axis=1)
    kept = places[np.argsort(2 * distances - inside[1:-1], kind="stable")[:room]]
    return np.concatenate([[0], np.sort(kept), [len(inside) - 1]])


@dataclass(frozen=True)
class Batch:
    """Padded inputs: ids and mask (b, t), pool (b, rows, t), rows (b,) of the examples.

    A mention tagger's have traits (b, rows, traits).
    """

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    pool: NDArray[np.float32]
    rows: NDArray[np.int64]
    traits: NDArray[np.float32] | None = None

    @property
    def feed(self) -> dict[str, NDArray[Any]]:
        """The inputs by their names in the ONNX graph."""
        feed: dict[str, NDArray[Any]] = {
            "input_ids": self.ids,
            "attention_mask": self.mask,
            "pool": self.pool,
        }
        return feed if self.traits is None else feed | {"traits": self.traits}


def collate(
    encoded: Sequence[Encoded], rows: NDArray[np.int64], pad_id: int, pooled: int = 0
) -> Batch:
    """Pads the named rows to the longest of them, and to `pooled` pooling rows at least."""
    length = max(len(encoded[row].ids) for row in rows)
    pooled = max(pooled, *(len(encoded[row].pool) for row in rows))
    ids = np.full((len(rows), length), pad_id, dtype=np.int64)
    mask = np.zeros((len(rows), length), dtype=np.int64)
    pool = np.zeros((len(rows), pooled, length), dtype=np.float32)
    for place, row in enumerate(rows):
        item = encoded[row]
        ids[place, : len(item.ids)] = item.ids
        mask[place, : len(item.ids)] = 1
        pool[place, : len(item.pool), : len(item.ids)] = item.pool
    return Batch(ids, mask, pool, rows, _traits([encoded[row] for row in rows], pooled))


def _traits(items: Sequence[Encoded], pooled: int) -> NDArray[np.float32] | None:
    found = [item.traits for item in items if item.traits is not None]
    if not found:
        return None
    padded = [np.pad(part, ((0, pooled - len(part)), (0, 0))) for part in found]
    return np.stack(padded)


def sorted_batches(encoded: Sequence[Encoded], size: int, pad_id: int) -> list[Batch]:
    """Batches in order of length, so that little is padded; every example in exactly one."""
    order = np.argsort([len(item.ids) for item in encoded], kind="stable")
    starts = range(0, len(order), size)
    return [collate(encoded, order[start : start + size], pad_id) for start in starts]
