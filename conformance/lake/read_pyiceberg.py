"""Reads every table of an SQLite catalog with PyIceberg and writes what it saw.

usage: read_pyiceberg.py CATALOG.db OUT_FOLDER [rows-only]

Writes <OUT>/report.json, and the rows of each table's states as <OUT>/<n>.parquet. With `rows-only` it
does not filter by every value of every row, which takes long for large tables.
"""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import EqualTo, IsNull


def spec_text(table):
    names = {field.field_id: field.name for field in table.schema().fields}
    return [[f.name, names.get(f.source_id), str(f.transform)] for f in table.spec().fields]


def schema_text(schema):
    return [[f.field_id, f.name, str(f.field_type), f.required] for f in schema.fields]


def found_by_filters(table):
    """Counts rows that a filter on their own value finds: pruning with wrong partition values or bounds loses some."""
    rows = table.scan().to_arrow()
    found = {}
    for field in table.schema().fields:
        if not field.field_type.is_primitive:
            continue
        hits = 0
        for value in rows.column(field.name).to_pylist():
            if isinstance(value, float) and value != value:
                hits += 1
                continue
            row_filter = IsNull(field.name) if value is None else EqualTo(field.name, value)
            hits += len(table.scan(row_filter=row_filter).to_arrow()) > 0
        found[field.name] = hits
    return found


def main(catalog_file, out, mode=None):
    catalog = SqlCatalog("securecart", uri=f"sqlite:///{catalog_file}")
    report = {"tables": []}
    number = 0
    for namespace in catalog.list_namespaces():
        for identifier in catalog.list_tables(namespace):
            table = catalog.load_table(identifier)
            states = [("current", None, lambda: table.scan())]
            for snapshot in table.snapshots():
                states.append(("snapshot", str(snapshot.snapshot_id), lambda s=snapshot: table.scan(snapshot_id=s.snapshot_id)))
            for ref in table.metadata.refs:
                states.append(("ref", ref, lambda r=ref: table.scan().use_ref(r)))
            written = []
            for kind, name, scan in states:
                path = Path(out) / f"{number}.parquet"
                number += 1
                pq.write_table(scan().to_arrow(), path)
                written.append({"kind": kind, "name": name, "path": str(path)})
            report["tables"].append({
                "name": ".".join(identifier),
                "schema": schema_text(table.schema()),
                "schemas": {str(s.schema_id): schema_text(s) for s in table.metadata.schemas},
                "partition": spec_text(table),
                "current": str(table.current_snapshot().snapshot_id) if table.current_snapshot() else None,
                "snapshots": [
                    {
                        "id": str(s.snapshot_id),
                        "parent": str(s.parent_snapshot_id) if s.parent_snapshot_id else None,
                        "operation": s.summary.operation.value,
                        "summary": dict(s.summary.additional_properties),
                        "timestampMs": s.timestamp_ms,
                    }
                    for s in table.metadata.snapshots
                ],
                "refs": {n: [str(r.snapshot_id), str(r.snapshot_ref_type.value)] for n, r in table.metadata.refs.items()},
                "files": sorted(task.file.file_path for task in table.scan().plan_files()),
                "foundByFilter": {} if mode == "rows-only" else found_by_filters(table),
                "states": written,
            })
    (Path(out) / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
