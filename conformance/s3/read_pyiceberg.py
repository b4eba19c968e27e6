"""Reads tables in S3 with PyIceberg by their metadata locations and prints their rows.

usage: read_pyiceberg.py ENDPOINT KEY SECRET LOCATION...

Prints one JSON array: for each location the rows of all its snapshots, oldest first, and of the present.
"""

import json
import sys

from pyiceberg.table import StaticTable


def rows(scan):
    return sorted(json.dumps(list(row.values()), default=str) for row in scan.to_arrow().to_pylist())


def main(endpoint, key, secret, *locations):
    properties = {
        "s3.endpoint": endpoint,
        "s3.access-key-id": key,
        "s3.secret-access-key": secret,
        "s3.region": "eu-central-1",
    }
    report = []
    for location in locations:
        table = StaticTable.from_metadata(location, properties)
        states = [rows(table.scan(snapshot_id=s.snapshot_id)) for s in table.snapshots()]
        report.append({"states": states, "current": rows(table.scan())})
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
