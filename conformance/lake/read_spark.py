"""Reads every table of an SQLite catalog with Spark and Iceberg's Java runtime and writes what it saw.

usage: read_spark.py CATALOG.db WAREHOUSE JAR,JAR OUT_FOLDER TABLE...

Writes <OUT>/report.json, and the rows of each table's states as folders <OUT>/<n> of Parquet files. A table is named
by its dotted name.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession


def open_spark(catalog_file, warehouse, jars):
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", jars)
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config("spark.sql.catalog.securecart", "org.apache.iceberg.spark.SparkCatalog")
        .config("spark.sql.catalog.securecart.type", "jdbc")
        .config("spark.sql.catalog.securecart.uri", f"jdbc:sqlite:{catalog_file}")
        .config("spark.sql.catalog.securecart.warehouse", f"file://{warehouse}")
        .config("spark.sql.catalog.securecart.jdbc.schema-version", "V1")
        .getOrCreate()
    )


def main(catalog_file, warehouse, jars, out, names):
    spark = open_spark(catalog_file, warehouse, jars)
    spark.sparkContext.setLogLevel("ERROR")
    report = {"tables": []}
    number = 0
    for name in names:
        quoted = "securecart." + ".".join(f"`{part}`" for part in name.split("."))
        snapshots = [r.asDict() for r in spark.sql(f"select * from {quoted}.snapshots order by committed_at").collect()]
        refs = [r.asDict() for r in spark.sql(f"select * from {quoted}.refs").collect()]
        states = [("current", None, f"select * from {quoted}")]
        states += [("snapshot", str(s["snapshot_id"]), f"select * from {quoted} version as of {s['snapshot_id']}") for s in snapshots]
        states += [("ref", r["name"], f"select * from {quoted} version as of '{r['name']}'") for r in refs]
        written = []
        for kind, state, query in states:
            path = Path(out) / str(number)
            number += 1
            spark.sql(query).coalesce(1).write.parquet(f"file://{path}")
            written.append({"kind": kind, "name": state, "path": f"{path}/*.parquet"})
        table = spark.table(quoted)
        report["tables"].append({
            "name": name,
            "columns": [[f.name, f.dataType.simpleString()] for f in table.schema.fields],
            "snapshots": [[str(s["snapshot_id"]), s["operation"], s["summary"]] for s in snapshots],
            "refs": {r["name"]: [str(r["snapshot_id"]), r["type"].lower()] for r in refs},
            "files": sorted(r["file_path"] for r in spark.sql(f"select file_path from {quoted}.files").collect()),
            "partitions": sorted(
                [json.dumps(r["p"]) for r in spark.sql(f"select to_json(partition) p from {quoted}.files").collect()]
            ) if table_is_partitioned(spark, quoted) else [],
            "states": written,
        })
    if "sample.by_at_day" in names:
        change_sample(spark)
    listed = [
        f"{row.namespace}.{row.tableName}"
        for space in spark.sql("show namespaces in securecart").collect()
        for row in spark.sql(f"show tables in securecart.{space.namespace}").collect()
    ]
    report["listed"] = sorted(listed)
    (Path(out) / "report.json").write_text(json.dumps(report))


def change_sample(spark):
    """What Java's writers leave behind must be readable, too; the caller looks at it afterwards."""
    spark.sql(
        "insert into securecart.sample.by_at_day select 77L, 'peer', cast(7.70 as decimal(9,2)), "
        "date'2024-05-06', timestamp_ntz'2024-05-06 07:08:09.000001', true"
    )
    spark.sql("delete from securecart.sample.by_at_day where id = 20")


def table_is_partitioned(spark, quoted):
    return "partition" in spark.table(f"{quoted}.files").columns


if __name__ == "__main__":
    main(*sys.argv[1:5], sys.argv[5:])
