"""The table `orders` into Parquet files by dlt: `python dlt.py <port> <folder> <backend> [stream]`.

`connectorx` is what its documentation calls the fastest backend; `pyarrow` the fastest that reads in pieces by itself.
"""

import os
import sys

port, folder, backend = sys.argv[1:4]
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION"] = "true"
os.environ["DESTINATION__FILESYSTEM__BUCKET_URL"] = f"file://{folder}/out"

import dlt  # noqa: E402
from dlt.sources.sql_database import sql_table  # noqa: E402

url = f"mysql+pymysql://root@127.0.0.1:{port}/shop"
options = {"backend": backend, "reflection_level": "full_with_precision", "chunk_size": 100_000}
if backend == "connectorx":
    options["backend_kwargs"] = {"conn": f"mysql://root@127.0.0.1:{port}/shop"}
    if "stream" in sys.argv[4:]:
        options["backend_kwargs"] |= {"return_type": "arrow_stream", "batch_size": 100_000}

pipeline = dlt.pipeline("bench", destination="filesystem", dataset_name="bench", pipelines_dir=f"{folder}/state")
print(pipeline.run(sql_table(url, table="orders", **options), loader_file_format="parquet"))
