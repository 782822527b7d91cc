"""A connector's handbook, from its spec alone: Markdown for a repository, HTML for people, the data model as SVG."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markdown_it import MarkdownIt

from orgwright.report.diagram import svg
from orgwright.spec.model import Connector

_STYLE = """
body { margin: 0 auto; max-width: 1060px; padding: 32px 20px 80px; font: 15px/1.55 system-ui, sans-serif; color: #1c2530; }
h1, h2 { border-bottom: 1px solid #dfe5eb; padding-bottom: 6px; } h2 { margin-top: 40px; }
table { border-collapse: collapse; margin: 12px 0; } th, td { border: 1px solid #dfe5eb; padding: 5px 10px; text-align: left; }
th { background: #f6f8fa; } code { font: 13px ui-monospace, Menlo, Consolas, monospace; background: #f6f8fa; padding: 1px 4px; }
svg { max-width: 100%; height: auto; }
"""


@dataclass(frozen=True)
class Handbook:
    """The three files of a handbook; ``markdown`` refers to the diagram as ``data-model.svg``."""

    markdown: str
    html: str
    diagram: str


def handbook(connector: Connector) -> Handbook:
    """Data model, events, mappings, security and a check-list for both sides."""
    diagram = svg(connector)
    markdown = _markdown(connector, "![Data model](data-model.svg)")
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(_markdown(connector, "DIAGRAM"))
    page = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(connector.label)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body.replace('<p>DIAGRAM</p>', diagram, 1)}</body>\n</html>\n"
    )
    return Handbook(markdown, page, diagram)


def _markdown(connector: Connector, diagram: str) -> str:
    environment = Environment(  # noqa: S701  Markdown, not HTML: the renderer escapes
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["cell"] = _cell
    template = environment.from_string(files(__package__).joinpath("handbook.md.j2").read_text(encoding="utf-8"))
    outage = connector.outage
    steps = (*connector.requires.steps, *connector.steps, *outage.before, *outage.after)
    text = template.render(c=connector, steps=steps, diagram=diagram)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _cell(text: str) -> str:
    """Text that stays in its line and its table cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
