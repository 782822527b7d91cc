"""The SOAP APIs: metadata (``m``), partner (``u``, ``c``) and Apex (``s``)."""
