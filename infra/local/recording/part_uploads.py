"""Objects that Terraform uploads in parts because of their size, as if they were put whole."""

import io
from collections import defaultdict
from urllib.parse import parse_qsl

from infra.local.wire_errors import Environ


class PartUploads:
    """Puts the parts together, by the path of their object."""

    def __init__(self) -> None:
        self._begun: dict[str, Environ] = {}
        self._parts: dict[str, dict[int, bytes]] = defaultdict(dict)

    def whole(self, environ: Environ) -> Environ | None:
        """The one request that does the same as the upload that ends with this; None before its end.

        Any other request is given back as it is.
        """
        path = environ["PATH_INFO"]
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        if "uploads" in query:
            self._begun[path] = environ
            return None
        if "uploadId" not in query:
            return environ
        if "partNumber" in query:
            self._parts[path][int(query["partNumber"])] = environ["wsgi.input"].getvalue()
            return None
        content = b"".join(part for _, part in sorted(self._parts.pop(path).items()))
        return {
            **self._begun.pop(path),
            "REQUEST_METHOD": "PUT",
            "QUERY_STRING": "",
            "wsgi.input": io.BytesIO(content),
        }
