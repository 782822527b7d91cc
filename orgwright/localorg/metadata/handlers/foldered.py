"""E-mail templates, reports, documents and their folders: components that queries find as rows, too."""

from __future__ import annotations

import base64
import mimetypes
from typing import Any

from orgwright.localorg.metadata.draft import Draft
from orgwright.localorg.metadata.handlers.rows import Fields, RowHandler
from orgwright.localorg.metadata.package import Item

_FOLDERS = {
    "EmailFolder": "Email", "EmailTemplateFolder": "EmailTemplate", "ReportFolder": "Report", "DashboardFolder": "Dashboard",
    "DocumentFolder": "Document",
}  # fmt: skip
_PUBLIC = {"unfiled$public": "Unfiled Public Classic Email Templates"}


class FolderHandler(RowHandler):
    """A folder: a row of Folder."""

    def __init__(self, kind: str) -> None:
        super().__init__("Folder", _folder, rank=28)
        self.kind = kind

    def values(self, item: Item, draft: Draft) -> dict[str, Any]:
        return {**super().values(item, draft), "DeveloperName": _own_name(item), "Type": _FOLDERS[self.kind]}


class FolderedHandler(RowHandler):
    """What lies in a folder of some kind: its row knows the folder and the owner."""

    def __init__(self, sobject: str, fields: Fields, folders: str) -> None:
        super().__init__(sobject, fields)
        self.folders = folders

    def values(self, item: Item, draft: Draft) -> dict[str, Any]:
        folder = item.name.rpartition("/")[0]
        found = draft.tx.setup_rows("Folder", "DeveloperName", ["Id", "Name", "Type"]).get(folder.rpartition("/")[2])
        there = found is not None and found[2] == _FOLDERS[self.folders]
        id, name = (found[0], found[1]) if found is not None and there else (None, _PUBLIC.get(folder, folder))
        own = {"FolderId": id or draft.tx.org.info.id, "FolderName": name, "DeveloperName": _own_name(item)}
        return {**super().values(item, draft), **own, "OwnerId": draft.tx.user_id, "AuthorId": draft.tx.user_id}


def handlers() -> dict[str, RowHandler]:
    """The handlers of all these types."""
    return {
        **{kind: FolderHandler(kind) for kind in _FOLDERS},
        "EmailTemplate": FolderedHandler("EmailTemplate", _email_template, "EmailFolder"),
        "Report": FolderedHandler("Report", _report, "ReportFolder"),
        "Document": FolderedHandler("Document", _document, "DocumentFolder"),
    }


def _own_name(item: Item) -> str:
    """The name without folders, and without the extension that a document has."""
    name = item.name.rpartition("/")[2]
    return name.rpartition(".")[0] or name if item.type == "Document" else name


def _folder(item: Item) -> dict[str, Any]:
    node = item.node
    assert node is not None
    access = {"Hidden": "Hidden", "Shared": "Shared"}.get(node.value("accessType"), "Public")
    read_only = node.value("publicFolderAccess") != "ReadWrite"
    return {"Name": node.value("name") or _own_name(item), "AccessType": access, "IsReadonly": read_only}


def _email_template(item: Item) -> dict[str, Any]:
    """A text has its body in the content; HTML has it there too, and a plain text beside it; Visualforce is markup."""
    node, content = item.node, (item.content or b"").decode("utf-8", "replace")
    assert node is not None
    kind = node.value("type")
    bodies = {"text": {"Body": content}, "visualforce": {"Markup": content}}
    return {
        "Name": node.value("name"),
        "Subject": node.value("subject") or None,
        "Description": node.value("description") or None,
        "TemplateType": kind,
        "TemplateStyle": node.value("style"),
        "Encoding": node.value("encodingKey"),
        "IsActive": node.flag("available"),
        "UiType": node.value("uiType") or "Aloha",
        "RelatedEntityType": node.value("relatedEntityType") or None,
        **bodies.get(kind, {"HtmlValue": content, "Body": node.value("textOnly") or None}),
    }


def _report(item: Item) -> dict[str, Any]:
    node = item.node
    assert node is not None
    return {
        "Name": node.value("name"),
        "Description": node.value("description") or None,
        "Format": node.value("format"),
    }


def _document(item: Item) -> dict[str, Any]:
    node, content = item.node, item.content or b""
    assert node is not None
    return {
        "Name": node.value("name") or _own_name(item),
        "Description": node.value("description") or None,
        "Keywords": node.value("keywords") or None,
        "IsPublic": node.flag("public"),
        "IsInternalUseOnly": node.flag("internalUseOnly"),
        "Type": item.name.rpartition(".")[2] if "." in item.name else None,
        "ContentType": mimetypes.guess_type(item.name)[0] or "application/octet-stream",
        "Body": base64.b64encode(content).decode("ascii"),
        "BodyLength": len(content),
    }
