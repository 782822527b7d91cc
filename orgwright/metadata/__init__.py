"""Salesforce metadata without an org: components, XML, zip, source and metadata formats, manifests."""

from orgwright.metadata.component import Component

__all__ = ["Component"]
