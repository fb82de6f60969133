"""The session lets Python go on while DuckDB reads rows that Python makes."""

import subprocess
import sys

# In a process of its own: who waits for the interpreter's lock for ever cannot be interrupted within it.
KEEP = """
import sys
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem
from glue.engines.session import Session
from glue.settings import Settings

file = Path(sys.argv[1]) / "rows.parquet"
batch = pa.record_batch({"id": [f"{number:036d}" for number in range(20_480)]})
pq.write_table(pa.Table.from_batches([batch]), file)

def batches():
    for _ in range(20):
        with LocalFileSystem().open_input_file(str(file)) as source:
            yield from pq.ParquetFile(source, pre_buffer=True).iter_batches(2_048, use_threads=False)

reader = pa.RecordBatchReader.from_batches(batch.schema, batches())
settings = Settings("r", "Europe/London", "l", "b/", "q/", "c/", "d", "w")
with Session(settings, Path(sys.argv[1])) as session:
    session.keep("kept", reader)
    print(session.count("SELECT id FROM kept"), session.count("SELECT id FROM kept"))
"""


def test_many_rows_that_python_makes_are_kept(tmp_path: object) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KEEP, str(tmp_path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["409600", "409600"]
