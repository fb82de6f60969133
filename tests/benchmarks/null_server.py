"""A Kinesis of two shards, and an S3, that take everything and keep nothing; prints its port.

`python -m tests.benchmarks.null_server`
"""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

SHARDS: Final = [
    {
        "ShardId": f"shardId-{number:012d}",
        "SequenceNumberRange": {"StartingSequenceNumber": "1"},
        "HashKeyRange": {
            "StartingHashKey": str(number * 2**127),
            "EndingHashKey": str((number + 1) * 2**127 - 1),
        },
    }
    for number in range(2)
]
_TEXT: Final = b'"[^"]*"'
ENTRY: Final = re.compile(
    b'"Data": ?' + _TEXT + b', ?"PartitionKey": ?' + _TEXT + b'(?:, ?"ExplicitHashKey": ?"([0-9]+)")?'
)


class Handler(BaseHTTPRequestHandler):
    """PutRecords, ListShards and PutObject."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer: dict[str, Any] = {"Shards": SHARDS}
        if self.headers["X-Amz-Target"].endswith("PutRecords"):
            shards = [SHARDS[int(hash_key or 0) // 2**127]["ShardId"] for hash_key in ENTRY.findall(body)]
            taken = [{"SequenceNumber": "49", "ShardId": shard} for shard in shards]
            answer = {"FailedRecordCount": 0, "Records": taken}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
