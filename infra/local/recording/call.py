"""One call of AWS's API as it is recorded: its envelope, and its body as data wherever it is data."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlencode

from infra.local.wire_errors import Environ, service_of

_FORM: Final = "application/x-www-form-urlencoded"
_HEADERS: Final = ("x-amz-acl", "x-amz-tagging", "x-amz-transition-default-minimum-object-size")
_READS: Final = ("Describe", "Get", "List", "BatchGet")
# Drawn anew for each call.
_TOKENS: Final = frozenset(("ClientRequestToken", "ClientToken"))
# Lists of pairs that come in any order: what names a pair, and what it says.
_SETS: Final = (("Key", "Value"), ("ParameterName", "ParameterValue"))
_XML_TAG: Final = re.compile(r"<Tag>.*?</Tag>", re.DOTALL)
# Terraform sends what is a set to it in any order; here by what tells the items apart.
_FORM_SETS: Final = {"Tags": "Key", "Metrics": "Id"}
_FORM_SET: Final = re.compile(rf"(?P<set>{'|'.join(_FORM_SETS)})\.member\.(?P<place>[0-9]+)\.(?P<part>.+)")


class UnknownUpload(Exception):
    """A file was uploaded that is no known artefact: playback would not know what to upload."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is no known artefact: name it in deployables() of infra/local/playback.py")


@dataclass(frozen=True, slots=True)
class Call:
    """`operation` is the action's name, or for REST services its method and path.

    `body` is one of `{"json": …}`, `{"form": {…}}`, `{"text": …}`, `{"file": name of an artefact}` or `{}`.
    """

    service: str
    method: str
    path: str
    query: str = ""
    target: str = ""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """`PutRule`, `CreateRole`; for REST services the method and the path, or what the query asks for."""
        if self.target:
            return self.target.rpartition(".")[2]
        if "form" in self.body:
            return str(self.body["form"]["Action"])
        if self.service == "s3":
            depth = "object" if self.path.count("/") > 1 else "bucket"
            return f"{self.method} {self.query.rstrip('=') or depth}"
        # The collection; API Gateway's are within an API, the fourth part.
        parts = self.path.split("/")
        is_within = self.service == "apigateway" and len(parts) > 4
        return f"{self.method} {'/'.join(parts[4:5] if is_within else parts[2:3])}"

    @property
    def is_change(self) -> bool:
        """False for calls that only look."""
        return self.method not in ("GET", "HEAD") and not self.action.startswith(_READS)

    def to_document(self) -> dict[str, Any]:
        """As JSON, empty parts left out."""
        document = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in document.items() if value}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(**document)

    @classmethod
    def of_request(cls, environ: Environ, files: Mapping[bytes, str]) -> Self:
        """Read a request as the server got it; `files` names the contents that artefacts have."""
        content = bytes(environ["wsgi.input"].getvalue())
        content_type = str(environ.get("CONTENT_TYPE") or "")
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        query = [
            (name, value)
            for name, value in parse_qsl(environ.get("QUERY_STRING", ""), True)
            if name != "x-id"
        ]
        headers = {name: environ.get(f"HTTP_{name.upper().replace('-', '_')}", "") for name in _HEADERS}
        if headers["x-amz-tagging"]:
            headers["x-amz-tagging"] = urlencode(sorted(parse_qsl(headers["x-amz-tagging"])))
        return cls(
            service=service_of(environ),
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            query=urlencode(sorted(query)),
            target=target,
            content_type=content_type,
            headers={name: value for name, value in headers.items() if value},
            body=_body(
                content,
                environ["PATH_INFO"],
                content_type,
                files,
                is_json=bool(target) or "json" in content_type,
            ),
        )

    def content(self) -> bytes:
        """The body as it is sent; of a file there is none here."""
        if "json" in self.body:
            return json.dumps(self.body["json"]).encode()
        if "form" in self.body:
            return urlencode(self.body["form"]).encode()
        return str(self.body.get("text", "")).encode()


def _body(
    content: bytes, path: str, content_type: str, files: Mapping[bytes, str], *, is_json: bool
) -> dict[str, Any]:
    if content in files:
        return {"file": files[content]}
    if not content:
        return {}
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UnknownUpload(path) from None
    if is_json:
        return {"json": _in_order(json.loads(text))}
    if content_type.startswith(_FORM):
        return {"form": _form(text)}
    # Terraform sends tags in any order.
    tags = iter(sorted(_XML_TAG.findall(text)))
    return {"text": _XML_TAG.sub(lambda _: next(tags), text)}


def _in_order(document: Any) -> Any:
    """Without tokens, names sorted, tags and parameters in the order of their names."""
    if isinstance(document, list):
        items = [_in_order(item) for item in document]
        for name, value in _SETS:
            if all(isinstance(item, dict) and item.keys() == {name, value} for item in items):
                return sorted(items, key=lambda item: str(item[name]))
        return items
    if isinstance(document, dict):
        return {name: _in_order(value) for name, value in sorted(document.items()) if name not in _TOKENS}
    return document


def _form(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    members: dict[str, dict[str, dict[str, str]]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if match := _FORM_SET.fullmatch(name):
            members.setdefault(match["set"], {}).setdefault(match["place"], {})[match["part"]] = value
        else:
            fields[name] = value
    for kind, items in members.items():
        in_order = sorted(items.values(), key=lambda item: item[_FORM_SETS[kind]])
        for place, item in enumerate(in_order, start=1):
            fields |= {f"{kind}.member.{place}.{part}": value for part, value in item.items()}
    return dict(sorted(fields.items()))
