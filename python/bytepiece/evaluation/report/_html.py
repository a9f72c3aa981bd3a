"""HTML from strings that may be anything: the one place where text becomes markup."""

from __future__ import annotations

import html
import unicodedata

JOINERS = "\u200c\u200d"
"""Without these two, words of some scripts and many emoji fall apart."""


def escape(text: str) -> str:
    """Text between tags or in quotes; what cannot be seen, or would turn the text around it, is spelled `U+NNNN`."""
    return html.escape("".join(char if visible(char) else f"U+{ord(char):04X}" for char in text), quote=True)


def visible(char: str) -> bool:
    """Whether a character can stand as it is: no control, format character (but joiners), surrogate, or private one."""
    return (
        (char.isascii() and char.isprintable())
        or char in JOINERS
        or unicodedata.category(char)[0] not in "CZ"
        or char == " "
    )


def element(name: str, *children: str, **attributes: object) -> str:
    """An element around markup; a trailing underscore of an attribute's name is dropped, others become dashes."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{words}>{''.join(children)}</{name}>"


def table(heads: list[str], rows: list[list[str]], caption: str = "", numbers_from: int = 1) -> str:
    """A table of markup; columns from `numbers_from` on are numbers, to the right."""

    def cells(row: list[str], name: str) -> str:
        return element(
            "tr", *(element(name, cell, class_="n" if i >= numbers_from else None) for i, cell in enumerate(row))
        )

    body = element("tbody", *(cells(row, "td") for row in rows))
    head = element("caption", escape(caption)) if caption else ""
    return element("div", element("table", head, element("thead", cells(heads, "th")), body), class_="wide")


def swatch(number: int, name: str) -> str:
    """A tokenizer's name behind its colour."""
    return element("span", element("i", class_=f"c{number % 8}"), escape(name), class_="name")
