"""Words that are known somewhere, and which of them somebody meant who wrote another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from edgewright.fleet.wording import plain

_MOST_WORDS: Final = 300  # among more, a guess costs more than it is worth…
_MOST_GUESSES: Final = 200  # …and so do more guesses than somebody reads
_LONGEST: Final = 80
_SHORTEST: Final = 4


class Words:
    """Some words, sorted; it remembers what it guessed."""

    __slots__ = ("_folded", "_found", "_known", "_sorted")

    def __init__(self, words: Iterable[str]) -> None:
        self._known = frozenset(words)
        self._sorted: tuple[str, ...] | None = None
        self._folded: dict[str, str] = {}
        self._found: dict[str, tuple[str, ...]] = {}

    def __contains__(self, word: object) -> bool:
        return word in self._known

    def __iter__(self) -> Iterator[str]:
        if self._sorted is None:
            self._sorted = tuple(sorted(self._known))
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._known)

    def nearest(self, word: str) -> str | None:
        """The one that was most likely meant, None where none is near."""
        return next(iter(self.near(word)), None)

    def near(self, word: str) -> tuple[str, ...]:
        """Those that are as near as the nearest: `pu` is as near to `cpu` as to `gpu`."""
        if word in self._found:
            return self._found[word]
        guesses = len(self._found) < _MOST_GUESSES and len(self) <= _MOST_WORDS
        meant = self._near(word[:_LONGEST], guesses)
        if guesses:
            self._found[word] = meant
        return meant

    def listed(self) -> str:
        """The words as a remedy lists them: a dozen at most."""
        return ", ".join(list(self)[:12]) + (", …" if len(self) > 12 else "")

    def _near(self, word: str, guesses: bool) -> tuple[str, ...]:
        if not self._folded:
            self._folded = {_folded(each): each for each in self}
        flat = _folded(word)
        if flat in self._folded:
            return (self._folded[flat],)
        if not guesses:
            return ()
        close = _closest(plain(word), self, 0.6)
        return close or tuple(self._folded[each] for each in _closest(flat, self._folded, 0.7)[:1])


def _closest(word: str, words: Iterable[str], cutoff: float) -> tuple[str, ...]:
    """The words that are most like one, all of them where several are equally so."""
    from difflib import SequenceMatcher, get_close_matches  # late: only a mistake needs it

    close = get_close_matches(word, list(words), 3, cutoff)
    likeness = [SequenceMatcher(None, each, word).ratio() for each in close]
    return tuple(each for each, like in zip(close, likeness, strict=True) if like == likeness[0])


def _folded(word: str) -> str:
    """The word without what people do differently: case, `_`, `-` and blanks."""
    return plain(word).lower().replace("_", "").replace("-", "").replace(" ", "")


def sure(word: str, meant: str) -> bool:
    """Whether nothing but a slip parts the two: `modle` from `model`, and not `int4` from `int8`.

    What is sure may be put into a file unseen; of names that differ in a digit or in a short part,
    both may be right.
    """
    if _folded(word) == _folded(meant):
        return True
    ours, theirs = plain(word).split("-"), meant.split("-")
    return len(ours) == len(theirs) and all(map(_slip, ours, theirs))


def _slip(word: str, meant: str) -> bool:
    if word == meant or _swapped(word, meant):
        return True
    if min(len(word), len(meant)) < _SHORTEST or _digits(word) != _digits(meant):
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, word.lower(), meant.lower()).ratio() >= 0.75


def _swapped(word: str, meant: str) -> bool:
    """Whether two letters that stand side by side changed places: `cup` for `cpu`."""
    differ = [index for index, pair in enumerate(zip(word, meant, strict=False)) if pair[0] != pair[1]]
    if len(word) != len(meant) or len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    return word[differ[0]] == meant[differ[1]] and word[differ[1]] == meant[differ[0]] and word.isalpha()


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))
