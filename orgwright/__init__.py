"""orgwright: a connector spec goes in, a Salesforce org that is ready for that connector comes out."""

__version__ = "0.1.0"
