"""What GitHub's REST API shows of a repository and of what is in it."""

from __future__ import annotations

import base64
from typing import Any

from tests.clients.github.repository import Commit, Tag

Row = dict[str, Any]
_OF_REPOSITORY = {
    "archive": "/{archive_format}{/ref}", "assignees": "s{/user}", "blobs": "/git/blobs{/sha}", "branches": "{/branch}",
    "collaborators": "{/collaborator}", "comments": "{/number}", "commits": "{/sha}", "compare": "/{base}...{head}",
    "contents": "/{+path}", "contributors": "", "deployments": "", "downloads": "", "events": "", "forks": "",
    "git_commits": "{/sha}", "git_refs": "{/sha}", "git_tags": "{/sha}", "hooks": "", "issue_comment": "{/number}",
    "issue_events": "{/number}", "issues": "{/number}", "keys": "{/key_id}", "labels": "{/name}", "languages": "",
    "merges": "", "milestones": "{/number}", "notifications": "{?since,all,participating}", "pulls": "{/number}",
    "releases": "{/id}", "stargazers": "", "statuses": "/{sha}", "subscribers": "", "subscription": "", "tags": "",
    "teams": "", "trees": "{/sha}",
}  # fmt: skip
_OF_USER = {
    "followers": "", "organizations": "", "received_events": "", "repos": "", "subscriptions": "",
    "events": "{/privacy}", "following": "{/other_user}", "gists": "{/gist_id}", "starred": "{/owner}{/repo}",
}  # fmt: skip


class Shapes:
    """The JSON of one repository ``owner/name`` on the server ``host``."""

    def __init__(self, host: str, owner: str, name: str, default_branch: str, since: str) -> None:
        self.owner, self.name, self._branch, self._since = owner, name, default_branch, since
        self.api = f"https://{host}/api/v3/repos/{owner}/{name}"
        self.html = f"https://{host}/{owner}/{name}"
        self._users = f"https://{host}/api/v3/users"

    def user(self, login: str) -> Row:
        url = f"{self._users}/{login}"
        more = {f"{name}_url": f"{url}/{name}{tail}" for name, tail in _OF_USER.items()}
        return {"login": login, "id": 1 + len(login), "type": "User", "url": url, "site_admin": False, "avatar_url": url,
                "gravatar_id": "", "html_url": url, **more}  # fmt: skip

    def repository(self) -> Row:
        counts = ("forks_count", "network_count", "open_issues_count", "size", "stargazers_count", "subscribers_count",
                  "watchers_count")  # fmt: skip
        flags = {"fork": False, "private": True, "archived": False, "has_issues": True, "has_downloads": False,
                 "has_pages": False, "has_projects": False, "has_wiki": False}  # fmt: skip
        absent = dict.fromkeys(("description", "homepage", "language", "mirror_url", "license"))
        return {
            "id": 1, "name": self.name, "full_name": f"{self.owner}/{self.name}", "owner": self.user(self.owner),
            "url": self.api, "html_url": self.html, "default_branch": self._branch, **flags, **absent,
            **dict.fromkeys(counts, 0), **dict.fromkeys(("created_at", "pushed_at", "updated_at"), self._since),
            **{f"{place}_url": f"{self.html}.git" for place in ("clone", "git", "ssh", "svn")},
            **{f"{name}_url": f"{self.api}/{name}{tail}" for name, tail in _OF_REPOSITORY.items()},
        }  # fmt: skip

    def git_commit(self, one: Commit) -> Row:
        person = {"name": one.name, "email": one.email, "date": one.date}
        return {
            "sha": one.sha, "url": f"{self.api}/git/commits/{one.sha}", "message": one.message, "author": person,
            "committer": person, "tree": {"sha": one.tree, "url": f"{self.api}/git/trees/{one.tree}"},
            "parents": self._parents(one), "comment_count": 0,
            "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None},
        }  # fmt: skip

    def commit(self, one: Commit) -> Row:
        """A commit with the user of its author, who need not have an account."""
        return {
            "sha": one.sha, "url": f"{self.api}/commits/{one.sha}", "html_url": f"{self.html}/commit/{one.sha}",
            "comments_url": f"{self.api}/commits/{one.sha}/comments", "commit": self.git_commit(one), "author": None,
            "committer": None, "parents": self._parents(one), "files": [], "stats": None,
        }  # fmt: skip

    def _parents(self, one: Commit) -> list[Row]:
        return [{"sha": sha, "url": f"{self.api}/commits/{sha}"} for sha in one.parents]

    def branch(self, name: str, commit: Row) -> Row:
        links = {"self": f"{self.api}/branches/{name}", "html": f"{self.html}/tree/{name}"}
        return {"name": name, "commit": commit, "_links": links, "protected": False,
                "protection": {"enabled": False}, "protection_url": f"{links['self']}/protection"}  # fmt: skip

    def reference(self, ref: str, sha: str, type: str) -> Row:
        return {"ref": ref, "url": f"{self.api}/git/{ref}", "object": self._object(sha, type)}

    def _object(self, sha: str, type: str) -> Row:
        return {"sha": sha, "type": type, "url": f"{self.api}/git/{type}s/{sha}"}

    def tag(self, one: Tag) -> Row:
        return {"sha": one.sha, "tag": one.name, "url": f"{self.api}/git/tags/{one.sha}", "message": one.message,
                "tagger": None, "object": self._object(one.target, one.type)}  # fmt: skip

    def named_tag(self, name: str, sha: str) -> Row:
        links = {f"{kind}_url": f"{self.api}/{kind}/refs/tags/{name}" for kind in ("tarball", "zipball")}
        return {"name": name, "commit": {"sha": sha, "url": f"{self.api}/commits/{sha}"}, **links}

    def contents(self, path: str, ref: str, sha: str, text: str) -> Row:
        data = text.encode()
        url = f"{self.api}/contents/{path}?ref={ref}"
        return {
            "type": "file", "encoding": "base64", "content": base64.b64encode(data).decode(), "size": len(data),
            "name": path.rpartition("/")[2], "path": path, "sha": sha, "url": url, "html_url": f"{self.html}/blob/{ref}/{path}",
            "git_url": f"{self.api}/git/blobs/{sha}", "download_url": f"{self.html}/raw/{ref}/{path}", "_links": {"self": url},
        }  # fmt: skip

    def status(self, number: int, sha: str, given: Row, now: str) -> Row:
        url = f"{self.api}/statuses/{sha}"
        return {"id": number, "url": url, "state": given["state"], "context": given.get("context", "default"),
                "description": given.get("description"), "target_url": given.get("target_url"), "creator": self.user(self.owner),
                "avatar_url": None, "created_at": now, "updated_at": now}  # fmt: skip

    def combined_status(self, sha: str, statuses: list[Row]) -> Row:
        states = {one["state"] for one in statuses}
        state = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
        url = f"{self.api}/commits/{sha}"
        return {"sha": sha, "state": state, "statuses": statuses, "total_count": len(statuses), "url": f"{url}/status",
                "commit_url": url, "repository": self.repository()}  # fmt: skip

    def release(self, number: int, given: Row, now: str) -> Row:
        tag = given["tag_name"]
        url = f"{self.api}/releases/{number}"
        links = {f"{kind}_url": f"{self.api}/{kind}/{tag}" for kind in ("tarball", "zipball")}
        return {
            "id": number, "url": url, "assets_url": f"{url}/assets", "upload_url": f"{url}/assets{{?name,label}}", "assets": [],
            "html_url": f"{self.html}/releases/tag/{tag}", "tag_name": tag, "name": given.get("name"), "body": given.get("body"),
            "target_commitish": given.get("target_commitish", self._branch), "draft": given.get("draft", False),
            "prerelease": given.get("prerelease", False), "author": self.user(self.owner), "created_at": now,
            "published_at": now, **links,
        }  # fmt: skip

    def comparison(
        self, base: Commit, names: str, ahead: list[Commit], behind: list[Commit], files: list[tuple[str, str]]
    ) -> Row:
        words = {"A": "added", "M": "modified", "D": "removed"}
        kind = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
        html = f"{self.html}/compare/{names}"
        return {
            "url": f"{self.api}/compare/{names}", "html_url": html, "permalink_url": html, "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch", "base_commit": self.commit(base), "ahead_by": len(ahead), "behind_by": len(behind),
            "status": kind.get((bool(ahead), bool(behind)), "identical"), "total_commits": len(ahead),
            "commits": [self.commit(one) for one in ahead],
            "files": [{"filename": path, "status": words[letter]} for letter, path in files],
        }  # fmt: skip

    def pull(self, number: int, given: Row, heads: dict[str, str], now: str) -> Row:
        """A new pull request of ``heads``, the commits of its two branches."""
        url, html, issue = f"{self.api}/pulls/{number}", f"{self.html}/pull/{number}", f"{self.api}/issues/{number}"
        side = {
            name: {"ref": given[name], "label": f"{self.owner}:{given[name]}", "user": self.user(self.owner),
                   "sha": heads[given[name]], "repo": self.repository()} for name in ("base", "head")
        }  # fmt: skip
        absent = (
            "active_lock_reason",
            "assignee",
            "closed_at",
            "merged_at",
            "merge_commit_sha",
            "merged_by",
            "auto_merge",
        )
        zeros = ("additions", "deletions", "comments", "commits", "review_comments")
        return {
            "id": number, "number": number, "url": url, "html_url": html, "issue_url": issue, "title": given["title"],
            "body": given.get("body"), "body_html": "", "body_text": "", "state": "open", "user": self.user(self.owner),
            "diff_url": f"{html}.diff", "patch_url": f"{html}.patch", "commits_url": f"{url}/commits",
            "comments_url": f"{issue}/comments", "review_comment_url": f"{url}/comments{{/number}}",
            "review_comments_url": f"{url}/comments", "statuses_url": f"{self.api}/statuses/{side['head']['sha']}",
            "_links": {"self": {"href": url}}, "created_at": now, "updated_at": now, **side, **dict.fromkeys(absent),
            **dict.fromkeys(zeros, 0), "assignees": [], "requested_reviewers": [], "requested_teams": [], "locked": False,
            "draft": False, "merged": False, "mergeable": True, "mergeable_state": "clean", "author_association": "OWNER",
        }  # fmt: skip
