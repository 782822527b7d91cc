"""Reading ``multipart/form-data``: bounded, nothing on disk."""

from __future__ import annotations

from typing import Any

from orgwright.localorg.api.http import ApiError, Part

MAX_PARTS = 100


def parse_multipart(body: bytes, content_type: str) -> list[Part]:
    """The parts in order; :class:`ApiError` when the body does not follow its boundary."""
    from python_multipart.exceptions import MultipartParseError
    from python_multipart.multipart import MultipartParser, parse_options_header

    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", "The body is not multipart/form-data with a boundary", 415)
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        parser.write(body)
        parser.finalize()
    except MultipartParseError:
        raise _malformed() from None
    if not collector.complete:
        raise _malformed()
    return [_part(headers, content, parse_options_header) for headers, content in collector.parts]


def _malformed() -> ApiError:
    return ApiError("INVALID_MULTIPART_REQUEST", "The multipart body is malformed")


def _part(headers: dict[str, str], content: bytes, options_of: object) -> Part:
    assert callable(options_of)
    _, options = options_of(headers.get("content-disposition", ""))
    filename = options.get(b"filename")
    return Part(
        options.get(b"name", b"").decode("utf-8", "replace"),
        None if filename is None else filename.decode("utf-8", "replace"),
        headers.get("content-type"),
        content,
    )


class _Collector:
    """Gathers what the parser reports."""

    def __init__(self) -> None:
        self.parts: list[tuple[dict[str, str], bytes]] = []
        self.complete = False
        self._headers: dict[str, str] = {}
        self._name = b""
        self._value = b""
        self._content: list[bytes] = []

    def callbacks(self) -> Any:
        """The parser's callbacks."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        if len(self.parts) >= MAX_PARTS:
            raise ApiError("INVALID_MULTIPART_REQUEST", f"More than {MAX_PARTS} parts")
        self._headers, self._content = {}, []

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("utf-8", "replace")
        self._name = self._value = b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content.append(data[start:end])

    def _end(self) -> None:
        self.parts.append((self._headers, b"".join(self._content)))

    def _finish(self) -> None:
        self.complete = True
