from __future__ import annotations

import sys
import unicodedata

import pytest

from edgewright.commands.printers.visible import cells, visible, visible_lines


def test_common_text_is_left_alone() -> None:
    text = "fleet: 検査 café e\u0301 👷 ~ `x` “quoted” …"
    assert visible(text) == text


@pytest.mark.parametrize(
    ("char", "shown"),
    [
        ("\x1b", "<U+001B>"),
        ("\x9b", "<U+009B>"),
        ("\u202e", "<U+202E>"),
        ("\u200b", "<U+200B>"),
        ("\xa0", "<U+00A0>"),
        ("\ufeff", "<U+FEFF>"),
        ("\u3164", "<U+3164>"),
        ("\ud800", "<U+D800>"),
        ("\uffff", "<U+FFFF>"),
        ("\U000e0041", "<U+E0041>"),
        ("\U0010fffe", "<U+10FFFE>"),
        ("\n", "<U+000A>"),
        ("\t", "<U+0009>"),
    ],
)
def test_what_cannot_be_seen_is_shown_by_its_number(char: str, shown: str) -> None:
    assert visible(f"a{char}b") == f"a{shown}b"


def test_no_control_format_or_separator_of_the_common_kinds_is_forgotten() -> None:
    # Prepended signs of Arabic, Syriac, Kaithi and hieroglyphs are format characters that can be seen.
    signs = {
        *range(0x600, 0x606),
        0x6DD,
        0x70F,
        0x890,
        0x891,
        0x8E2,
        0x110BD,
        0x110CD,
        *range(0x13430, 0x13440),
    }
    for code in set(range(sys.maxunicode + 1)) - signs - {0x20}:
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}:
            assert visible(chr(code)) != chr(code), hex(code)


def test_only_a_newline_ends_a_line() -> None:
    assert visible_lines("a\nb\u2028c\r\nd") == ["a", "b<U+2028>c<U+000D>", "d"]


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("検査", 4),
        ("ｱ", 1),
        ("\uff21", 2),
        ("cafe\u0301", 4),
        ("❤\ufe0f", 1),
        ("\u1112\u1161\u11ab", 2),
        ("👷", 2),
        ("é", 1),
    ],
)
def test_cells_are_counted_as_a_terminal_does(text: str, width: int) -> None:
    assert cells(text) == width
