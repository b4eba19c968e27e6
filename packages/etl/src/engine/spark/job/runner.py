"""Runs the steps of one manifest on Spark 3.5 or 4.1 and leaves a report of what was observed.

spark-submit runner.py --manifest URI --sha256 HEX --result URI

The report is written whenever the manifest could be read; the exit code is 0 only if no step failed.
"""

import argparse
import hashlib
import json
import re
import sys

from pyspark.sql import SparkSession, functions
from pyspark.sql.types import ArrayType, MapType, StructType


def view(spark, step):
    # The files are named one by one: neither their names nor their folders mean anything to Spark.
    reader = spark.read.schema(StructType.fromJson(step["schema"]))
    options = {"recursiveFileLookup": "true", "__globPaths__": "false"}
    reader.options(**options).format("parquet").load(step["files"]).createOrReplaceTempView(step["name"])
    return {}


def rows(spark, step):
    return {"rows": [list(row) for row in spark.sql(step["sql"]).collect()]}


def write(spark, step):
    schema = StructType.fromJson(step["schema"])
    columns = []
    for field in schema.fields:
        column = functions.expr("`" + field.name.replace("`", "``") + "`")
        # A cast to a nested type carries the field ids of its members.
        if isinstance(field.dataType, (ArrayType, MapType, StructType)):
            column = column.cast(field.dataType)
        columns.append(column.alias(field.name, metadata=field.metadata))
    # A service may start a driver again after it died: what the first one left is replaced.
    writer = spark.sql(step["sql"]).select(*columns).write.mode("overwrite").option("compression", "zstd")
    writer = writer.option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "true")
    writer.partitionBy(*step["partitionBy"]).parquet(step["folder"])
    return {"written": spark.read.schema(schema).parquet(step["folder"]).count()}


def failure(error):
    """Spark's own words: those of the innermost cause that has an error class."""
    found = {"message": str(error)}
    cause = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    while cause is not None:
        condition, message = java(cause, "getErrorClass"), java(cause, "getMessage")
        if condition is not None:
            found = {"message": message, "class": condition, "sqlState": java(cause, "getSqlState")}
        cause = java(cause, "getCause")
    # An error of a task arrives as the text of its stack.
    inner = re.search(r"Exception: (\[([A-Z0-9_.]+)\].*?)(?:\n\tat |\n\nDriver stacktrace|$)", found["message"], re.S)
    if inner and "class" not in found:
        found = {"message": inner.group(1).strip(), "class": inner.group(2)}
    return found


def java(thing, method):
    try:
        return getattr(thing, method)()
    except Exception:  # of a class that has no such method
        return None


def run(spark, manifest, report):
    written = None
    for key, value in manifest["settings"].items():
        spark.conf.set(key, value)
    for step in manifest["steps"]:
        if step.get("unlessWritten", -1) == written:
            report["steps"].append({"skipped": True})
            continue
        print("securecart:", step["doing"], flush=True)
        outcome = {"view": view, "rows": rows, "write": write}[step["do"]](spark, step)
        report["steps"].append(outcome)
        written = outcome.get("written", written) if written is None else written
        if step.get("stops") and outcome["rows"]:
            return "stopped"
    return "done"


def main():
    parser = argparse.ArgumentParser()
    for name in ("--manifest", "--sha256", "--result"):
        parser.add_argument(name, required=True)
    # Services add arguments of their own.
    args, _ = parser.parse_known_args()
    spark = SparkSession.builder.getOrCreate()
    text = spark.read.text(args.manifest, wholetext=True).head().value
    sha256 = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if sha256 != args.sha256:
        sys.exit(f"the manifest at {args.manifest} is not the one that was submitted: {sha256}")
    manifest = json.loads(text)
    report = {"version": 1, "id": manifest["id"], "sha256": sha256, "spark": spark.version, "steps": []}
    try:
        if manifest["version"] != 1:
            raise ValueError(f"manifest version {manifest['version']} is unknown")
        report["outcome"] = run(spark, manifest, report)
    except Exception as error:  # every failure is the report's
        report["outcome"], report["error"] = "failed", failure(error)
    path = spark._jvm.org.apache.hadoop.fs.Path(args.result)
    out = path.getFileSystem(spark._jsc.hadoopConfiguration()).create(path, True)
    out.write(bytearray(json.dumps(report), "utf-8"))
    out.close()
    if report["outcome"] == "failed":
        sys.exit("securecart: " + report["error"]["message"])


main()
