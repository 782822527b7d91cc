"""Text functions."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from urllib.parse import quote_plus

from orgwright.apex.library.regex import RegexError, compiled
from orgwright.apex.runtime.exceptions import LimitException, NotSupported
from orgwright.localorg.formula.library import function
from orgwright.localorg.formula.problem import FormulaError
from orgwright.localorg.formula.values import NUMBERS, TEXT_LENGTH
from orgwright.localorg.store import ids

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)


def whole(number: Decimal) -> int:
    """The integer part, kept within what counts and positions need."""
    return max(-1_000_000, min(1_000_000, int(number)))


@function("LEN", "N", "T", blanks=True)
def _length(text: str | None) -> Decimal:
    return Decimal(len(text or ""))


@function("LEFT", "T", "T N")
def _left(text: str, count: Decimal) -> str | None:
    return text[: whole(count)] if count > 0 else None


@function("RIGHT", "T", "T N")
def _right(text: str, count: Decimal) -> str | None:
    return text[-whole(count) :] if whole(count) > 0 else None


@function("MID", "T", "T N N")
def _mid(text: str, start: Decimal, count: Decimal) -> str | None:
    first = max(whole(start), 1) - 1
    return text[first : first + whole(count)] if count > 0 else None


@function("FIND", "N", "T T N?", blanks=True)
def _find(wanted: str | None, text: str | None, start: Decimal | None = Decimal(1)) -> Decimal | None:
    if start is None:
        return None
    if wanted is None or text is None:
        return Decimal(0)
    return Decimal(text.find(wanted, max(whole(start), 1) - 1) + 1)


@function("CONTAINS", "B", "T T", blanks=True)
def _contains(text: str | None, wanted: str | None) -> bool | None:
    if not wanted:
        return True
    return wanted in text if text else None


@function("BEGINS", "B", "T T", blanks=True)
def _begins(text: str | None, wanted: str | None) -> bool | None:
    if not wanted:
        return True
    return text.startswith(wanted) if text else None


@function("SUBSTITUTE", "T", "T T T", blanks=True)
def _substitute(text: str | None, old: str | None, new: str | None) -> str | None:
    if text is None or not old:
        return text if text is not None and old is not None else None
    return _bounded(text.replace(old, new or ""))


def _bounded(text: str) -> str:
    """A formula's text stays small, whatever its functions multiply."""
    if len(text) > 100_000:
        raise FormulaError("the text is too long")
    return text


@function("TRIM", "T", "T")
def _trim(text: str) -> str | None:
    return text.strip() or None


@function("UPPER", "T", "T T?", blanks=True)
def _upper(text: str | None, locale: str | None = None) -> str | None:
    if text and _is_turkic(locale):
        text = text.replace("i", "İ")
    return text.upper() if text else None


@function("LOWER", "T", "T T?", blanks=True)
def _lower(text: str | None, locale: str | None = None) -> str | None:
    if text and _is_turkic(locale):
        text = text.replace("I", "\u0131").replace("İ", "i")
    return text.lower() if text else None


def _is_turkic(locale: str | None) -> bool:
    """Whether the locale's i keeps its dot, or its lack of one, as a capital."""
    return (locale or "").lower().replace("-", "_").partition("_")[0] in ("tr", "az")


@function("INITCAP", "T", "T")
def _initcap(text: str) -> str:
    return re.sub(r"[^\W_]+", lambda m: m.group()[0].upper() + m.group()[1:].lower(), text)


@function("REVERSE", "T", "T")
def _reverse(text: str) -> str:
    return text[::-1]


@function("LPAD", "T", "T N T?")
def _lpad(text: str, count: Decimal, padding: str = " ") -> str | None:
    return _pad(text, count, padding, before=True)


@function("RPAD", "T", "T N T?")
def _rpad(text: str, count: Decimal, padding: str = " ") -> str | None:
    return _pad(text, count, padding, before=False)


def _pad(text: str, count: Decimal, padding: str, *, before: bool) -> str | None:
    size = min(whole(count), TEXT_LENGTH)
    if size <= 0:
        return None
    if size <= len(text) or not padding:
        return text[:size]
    fill = (padding * size)[: size - len(text)]
    return fill + text if before else text + fill


@function("VALUE", "N", "T")
def _value(text: str) -> Decimal:
    if not _NUMBER.match(text):
        raise FormulaError(f"The value '{text}' is not a valid number.")
    return NUMBERS.create_decimal(text)


@function("ISNUMBER", "B", "T", blanks=True)
def _is_number(text: str | None) -> bool:
    return text is not None and _NUMBER.match(text) is not None


@function("REGEX", "B", "T T", blanks=True)
def _regex(text: str | None, pattern: str | None) -> bool:
    try:
        return compiled(pattern or "").fullmatch(text or "") is not None
    except NotSupported as unsupported:
        raise FormulaError(str(unsupported)) from None
    except LimitException as limit:
        raise FormulaError(str(limit)) from None
    except RegexError:
        raise FormulaError(f"invalid regular expression: {pattern}") from None


@function("CASESAFEID", "T", "T")
def _case_safe_id(text: str) -> str:
    return ids.to18(text) or text


@function("ASCII", "N", "T")
def _code_of(text: str) -> Decimal | None:
    return Decimal(ord(text[0])) if text else None


@function("CHR", "T", "N")
def _character(code: Decimal) -> str | None:
    number = whole(code)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else None


@function("BR", "T")
def _line_break() -> str:
    return "<br>"


@function("HYPERLINK", "T", "T T T?", blanks=True)
def _hyperlink(url: str | None, label: str | None, target: str | None = "_blank") -> str:
    link = html.escape(url or "")
    return f'<a href="{link}" target="{html.escape(target or "_blank")}">{html.escape(label or "", quote=False)}</a>'


@function("IMAGE", "T", "T T N? N?", blanks=True)
def _image(url: str | None, label: str | None, height: Decimal | None = None, width: Decimal | None = None) -> str:
    size = "".join(f"{name}:{whole(n)}px; " for name, n in (("height", height), ("width", width)) if n is not None)
    style = f' style="{size.strip()}"' if size else ""
    return f'<img src="{html.escape(url or "")}" alt="{html.escape(label or "")}"{style} border="0"/>'


@function("HTMLENCODE", "T", "T")
def _html_encode(text: str) -> str:
    return html.escape(text, quote=True).replace("&#x27;", "&#39;")


@function("URLENCODE", "T", "T")
def _url_encode(text: str) -> str:
    return quote_plus(text)
