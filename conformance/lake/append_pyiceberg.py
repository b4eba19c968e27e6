"""Appends one row to a table of an SQLite catalog with PyIceberg.

usage: append_pyiceberg.py CATALOG.db NAMESPACE.TABLE COLUMN=TEXT...
"""

import sys

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog


def main(catalog_file, name, values):
    table = SqlCatalog("securecart", uri=f"sqlite:///{catalog_file}").load_table(name)
    schema = table.schema().as_arrow()
    row = dict(value.split("=", 1) for value in values)
    columns = [pa.array([row.get(field.name)], pa.string()).cast(field.type) for field in schema]
    table.append(pa.table(columns, schema=schema))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
