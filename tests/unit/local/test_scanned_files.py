"""Files that Python opens, scanned by DuckDB."""

import os
import subprocess
import sys
from pathlib import Path

# The first file is a pipe: opening it waits, in the thread that begins the scan, for a writer. The writer is
# another thread of the same interpreter, which gets its turn only if the scan was begun without its lock.
_SCAN_A_PIPE = """
import sys, threading
import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs
from infra.local.athena.scan import ScannedFiles

pipe = sys.argv[1]
schema = pa.schema([("a", pa.int64())])
local, ipc = pafs.LocalFileSystem(), ds.IpcFileFormat()
files = ds.FileSystemDataset([ipc.make_fragment(pipe, local)], schema, ipc, local)
threading.Timer(0.2, lambda: open(pipe, "wb").close()).start()
connection = duckdb.connect()
connection.register("t", ScannedFiles(schema, [files]))
try:
    connection.execute("SELECT count(*) FROM t WHERE a > 1")
except duckdb.Error as error:
    print("scanned:", error)
"""


def test_a_scan_begins_without_the_interpreter_s_lock(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = subprocess.run(
        [sys.executable, "-c", _SCAN_A_PIPE, str(pipe)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.startswith("scanned:"), done.stderr
