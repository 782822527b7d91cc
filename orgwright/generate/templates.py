"""Templates: Jinja2 files, those of a project before those that come with orgwright."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from orgwright.errors import OrgwrightError, Place


class TemplateError(OrgwrightError):
    """A template that is missing or does not render."""


@cache
def shipped() -> Path:
    """The templates that come with orgwright: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


class Templates:
    """A set of templates; ``own`` is a project's folder whose files come first, file by file."""

    def __init__(self, own: Path | None = None) -> None:
        self._folders = [folder for folder in (own, shipped()) if folder is not None]
        self._env = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(folder) for folder in self._folders]),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,  # noqa: S701 - Apex, not HTML; names are checked by the spec
        )

    def render(self, name: str, /, **values: object) -> bytes:
        """One rendered template.

        Raises:
            TemplateError: with file and line, when it is missing, has bad syntax or uses a name that is not there.
        """
        try:
            return self._env.get_template(name).render(**values).encode()
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(
                f"{error.message}", where=Place(file=error.filename or name, line=error.lineno)
            ) from None
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"there is no template {error.name}", where=Place(file=name)) from None
        except jinja2.UndefinedError as error:
            raise TemplateError(f"{error.message}", where=Place(file=name)) from None

    def text(self, name: str) -> str:
        """A file of facts beside the templates."""
        for folder in self._folders:
            if (folder / name).is_file():
                return (folder / name).read_text("utf-8")
        raise TemplateError(f"there is no file {name}", where=Place(file=str(self._folders[-1])))
