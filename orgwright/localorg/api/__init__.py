"""The faces of the embedded org: Salesforce's own APIs over HTTP, one package for each API.

Every API package has the same few files:

``urls.py``
    ``ROUTES: tuple[Route, ...]`` and ``on_error = errors.answer``. It is imported at the first request
    below its prefix (:data:`orgwright.localorg.api.routing.MOUNTS`), so a start stays cheap.
``handlers.py``
    Plain functions ``handler(request: Request) -> Answer``. They run on a worker thread, so they may
    block; a handler that only waits (a long poll) is an ``async def`` and runs on the event loop.
``shapes.py``
    From values of the org to the JSON or XML of the answer, and nothing else.
``errors.py``
    ``answer(error: ApiError, request: Request) -> Answer``: how this API writes an error down.

What a handler gets is in :mod:`orgwright.localorg.api.http`. In short: ``request.org``, ``request.user_id``,
``request.version`` (``"67.0"``), ``request.params`` (from the path), ``request.query``, ``request.json()``,
``request.multipart()``, ``request.runtime`` (background work, sessions, the other orgs). Errors are raised
as :class:`~orgwright.localorg.api.http.ApiError`; anything else that escapes is logged with an error id
and becomes a 500 ``UNKNOWN_EXCEPTION`` in the shape of the package.

Paths: ``//`` is collapsed, a trailing slash is ignored, literal parts ignore case, every ``vNN.0`` is
accepted. Handlers never see the difference.
"""
