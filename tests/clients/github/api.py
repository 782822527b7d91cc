"""The REST endpoints (and the one GraphQL query) that CumulusCI asks of GitHub, on one repository."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.clients.github.repository import Conflict, Missing, Repository
from tests.clients.github.shapes import Shapes

Row = dict[str, Any]
Answer = tuple[int, Any]
_LATEST = re.compile(
    r"releases\(last: 1, orderBy: \{field: CREATED_AT, direction: ASC\}\)\s*\{\s*nodes\s*\{\s*tagName\s*\}"
)


@dataclass(frozen=True)
class Asked:
    """One request: the parts of its path that the route names, its query and its body."""

    parts: dict[str, str]
    query: dict[str, str]
    body: Row


Handler = Callable[["Api", Asked], Answer]
ROUTES: list[tuple[str, re.Pattern[str], Handler]] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Let a function answer a method at a path, whose ``{name}`` is a part and ``{name*}`` one with slashes in it."""
    shown = re.sub(r"\{(\w+)\\\*\}", r"(?P<\1>.+)", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", shown))

    def add(handler: Handler) -> Handler:
        ROUTES.append((method, pattern, handler))
        return handler

    return add


@dataclass
class Api:
    """What the server knows beside git: statuses of commits, releases and pull requests."""

    git: Repository
    shapes: Shapes
    statuses: dict[str, list[Row]] = field(default_factory=dict)
    releases: list[Row] = field(default_factory=list)
    pulls: list[Row] = field(default_factory=list)

    def answer(self, method: str, path: str, query: dict[str, str], body: Row) -> Answer:
        """The status and the document that answer a request; 501 for what this stand-in does not know."""
        base = f"/api/v3/repos/{self.shapes.owner}/{self.shapes.name}"
        if (method, path) == ("POST", "/api/graphql"):
            return self._graphql(str(body.get("query")))
        if not path.startswith(base):
            return 404, {"message": "Not Found"}
        for verb, pattern, handler in ROUTES:
            found = pattern.fullmatch(unquote(path.removeprefix(base)))
            if verb == method and found is not None:
                try:
                    return handler(self, Asked(found.groupdict(), query, body))
                except Missing:
                    return 404, {"message": "Not Found"}
        return 501, {"message": f"The stand-in does not know {method} {path}"}

    def _graphql(self, query: str) -> Answer:
        if _LATEST.search(query) is None:
            return 501, {"message": f"The stand-in does not know the query {query}"}
        nodes = [{"tagName": one["tag_name"]} for one in self.releases[-1:]]
        return 200, {"data": {"repository": {"releases": {"nodes": nodes}}}}


def now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def one_of(rows: list[Row], **wanted: Any) -> Row:
    """The row with those values."""
    for row in rows:
        if all(row[name] == value for name, value in wanted.items()):
            return row
    raise Missing(wanted)


@route("GET", "")
def repository(api: Api, asked: Asked) -> Answer:
    return 200, api.shapes.repository()


@route("GET", "/branches")
def branches(api: Api, asked: Asked) -> Answer:
    commits = {name: api.shapes.commit(api.git.commit(sha)) for name, sha in api.git.branches().items()}
    return 200, [api.shapes.branch(name, commit) for name, commit in commits.items()]


@route("GET", "/branches/{name*}")
def branch(api: Api, asked: Asked) -> Answer:
    name = asked.parts["name"]
    sha, _ = api.git.resolve(f"refs/heads/{name}")
    return 200, api.shapes.branch(name, api.shapes.commit(api.git.commit(sha)))


@route("GET", "/commits/{sha}")
def commit(api: Api, asked: Asked) -> Answer:
    try:
        return 200, api.shapes.commit(api.git.commit(asked.parts["sha"]))
    except Missing:
        return 422, {"message": f"No commit found for SHA: {asked.parts['sha']}"}


@route("GET", "/git/commits/{sha}")
def git_commit(api: Api, asked: Asked) -> Answer:
    return 200, api.shapes.git_commit(api.git.commit(asked.parts["sha"]))


@route("GET", "/commits/{sha}/status")
def combined_status(api: Api, asked: Asked) -> Answer:
    sha = asked.parts["sha"]
    latest = {one["context"]: one for one in api.statuses.get(sha, ())}
    return 200, api.shapes.combined_status(sha, list(latest.values()))


@route("POST", "/statuses/{sha}")
def set_status(api: Api, asked: Asked) -> Answer:
    sha = api.git.commit(asked.parts["sha"]).sha
    own = api.statuses.setdefault(sha, [])
    own.append(api.shapes.status(len(own) + 1, sha, asked.body, now()))
    return 201, own[-1]


@route("GET", "/git/ref/{ref*}")
def reference(api: Api, asked: Asked) -> Answer:
    ref = f"refs/{asked.parts['ref']}"
    return 200, api.shapes.reference(ref, *api.git.resolve(ref))


@route("POST", "/git/refs")
def make_reference(api: Api, asked: Asked) -> Answer:
    ref = str(asked.body["ref"])
    if ref in {f"refs/heads/{name}" for name in api.git.branches()} | {f"refs/tags/{name}" for name in api.git.tags()}:
        return 422, {"message": "Reference already exists"}
    api.git.set_ref(ref, str(asked.body["sha"]))
    return 201, api.shapes.reference(ref, *api.git.resolve(ref))


@route("GET", "/tags")
def tags(api: Api, asked: Asked) -> Answer:
    return 200, [api.shapes.named_tag(name, sha) for name, sha in api.git.tags().items()]


@route("GET", "/git/tags/{sha}")
def tag(api: Api, asked: Asked) -> Answer:
    return 200, api.shapes.tag(api.git.tag(asked.parts["sha"]))


@route("POST", "/git/tags")
def make_tag(api: Api, asked: Asked) -> Answer:
    given, who = asked.body, asked.body["tagger"]
    tagger = (who["name"], who["email"], dt.datetime.fromisoformat(who["date"]))
    return 201, api.shapes.tag(api.git.make_tag(given["tag"], given["object"], given["message"], tagger))


@route("GET", "/contents/{path*}")
def contents(api: Api, asked: Asked) -> Answer:
    path, ref = asked.parts["path"], asked.query.get("ref", "HEAD")
    return 200, api.shapes.contents(path, ref, *api.git.file(path, ref))


@route("GET", "/compare/{base}...{head}")
def compare(api: Api, asked: Asked) -> Answer:
    base, head = asked.parts["base"], asked.parts["head"]
    return 200, api.shapes.comparison(api.git.commit(base), f"{base}...{head}", *api.git.apart(base, head))


@route("GET", "/compare/{base*}...{head*}")
def compare_branches(api: Api, asked: Asked) -> Answer:
    return compare(api, asked)


@route("POST", "/merges")
def merge(api: Api, asked: Asked) -> Answer:
    base, head = str(asked.body["base"]), str(asked.body["head"])
    message = asked.body.get("commit_message") or f"Merge {head} into {base}"
    try:
        made = api.git.merge(base, head, message)
    except Conflict:
        return 409, {"message": "Merge conflict"}
    return (204, None) if made is None else (201, api.shapes.commit(made))


@route("GET", "/releases")
def releases(api: Api, asked: Asked) -> Answer:
    return 200, api.releases[::-1]


@route("POST", "/releases")
def make_release(api: Api, asked: Asked) -> Answer:
    api.git.resolve(f"refs/tags/{asked.body['tag_name']}")
    api.releases.append(api.shapes.release(len(api.releases) + 1, asked.body, now()))
    return 201, api.releases[-1]


@route("GET", "/releases/latest")
def latest_release(api: Api, asked: Asked) -> Answer:
    return 200, one_of(api.releases[::-1], prerelease=False)


@route("GET", "/releases/tags/{tag*}")
def release_of_tag(api: Api, asked: Asked) -> Answer:
    return 200, one_of(api.releases, tag_name=asked.parts["tag"])


@route("PATCH", "/releases/{id}")
def edit_release(api: Api, asked: Asked) -> Answer:
    found = one_of(api.releases, id=int(asked.parts["id"]))
    found.update(asked.body)
    return 200, found


@route("GET", "/pulls")
def pulls(api: Api, asked: Asked) -> Answer:
    state, base, head = (asked.query.get(name) for name in ("state", "base", "head"))
    return 200, [
        one for one in api.pulls
        if state in ("all", one["state"], None) and base in (None, one["base"]["ref"]) and head in (None, one["head"]["label"])
    ]  # fmt: skip


@route("POST", "/pulls")
def make_pull(api: Api, asked: Asked) -> Answer:
    api.pulls.append(api.shapes.pull(len(api.pulls) + 1, asked.body, api.git.branches(), now()))
    return 201, api.pulls[-1]


@route("PUT", "/pulls/{number}/merge")
def merge_pull(api: Api, asked: Asked) -> Answer:
    found = one_of(api.pulls, number=int(asked.parts["number"]))
    base, head = found["base"]["ref"], found["head"]["ref"]
    made = api.git.merge(base, head, f"Merge pull request #{found['number']} from {head}")
    if made is None:
        return 405, {"message": "There is nothing to merge"}
    found.update(state="closed", merged=True, merged_at=made.date, closed_at=made.date, merge_commit_sha=made.sha)
    return 200, {"sha": made.sha, "merged": True, "message": "Pull Request successfully merged"}
