"""Computes what examples/retail must give, with nothing of the product: Python's csv and decimal.

usage: reference.py FILE.csv...

Prints one JSON document: rows of every table as lists of texts (NULL is null), in no order; and the number of lines read.
"""

import csv
import json
import sys
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


def line_of(record):
    invoice, stock, description, quantity, at, price, customer, country = record
    moment = datetime.strptime(at, "%Y-%m-%d %H:%M:%S")
    return (
        invoice,
        stock,
        description or None,
        int(quantity),
        moment,
        Decimal(price),
        customer.removesuffix(".0") or None,
        country,
    )


def lines_of(files):
    for file in files:
        with open(file, encoding="utf-8", newline="") as stream:
            records = csv.reader(stream)
            assert next(records) == HEADER, file
            for record in records:
                yield line_of(record)


def text(value):
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000000")
    if isinstance(value, Decimal):
        exact = value.quantize(Decimal("0.001"))
        assert exact == value
        return format(exact, "f")
    return None if value is None else str(value)


def rows(found):
    return [[text(v) for v in row] for row in found]


def main(files):
    lines = list(lines_of(files))
    unique = set(lines)
    by_country, by_month, by_customer = defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
    invoices = defaultdict(set)
    for invoice, _, _, quantity, at, price, customer, country in unique:
        revenue = quantity * price
        by_country[country] += revenue
        by_month[at.strftime("%Y-%m-01")] += revenue
        if customer is not None:
            by_customer[customer] += revenue
            invoices[customer].add(invoice)
    json.dump(
        {
            "read": len(lines),
            "tables": {
                "sales.invoice_lines": rows(lines),
                "sales.invoice_lines_unique": rows(unique),
                "sales.cancellations": rows(line for line in lines if line[0].startswith("C")),
                "mart.revenue_by_country": rows(by_country.items()),
                "mart.revenue_by_month": rows(by_month.items()),
                "mart.top_customers": rows((c, r, len(invoices[c])) for c, r in by_customer.items()),
            },
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
