"""What every script of this folder shares: a list of checks, each with a name, run one after the other."""

import os
import sys
import time
import traceback
from typing import Any, Callable

import boto3

DATABASE = "conformance"
BUCKET = "conformance"
RESULTS = f"s3://{BUCKET}/results/"

# Arrow's own S3 client, which PyIceberg reads and writes through, does not know AWS_ENDPOINT_URL.
ICEBERG_CATALOG = {
    "type": "glue",
    "warehouse": f"s3://{BUCKET}/warehouse",
    "s3.endpoint": os.environ["AWS_ENDPOINT_URL"],
    "s3.region": os.environ["AWS_REGION"],
}

_checks: list[tuple[str, Callable[[], None]]] = []


def check(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Registers a function as a check; it fails by raising."""

    def register(run: Callable[[], None]) -> Callable[[], None]:
        _checks.append((name, run))
        return run

    return register


def equal(found: Any, expected: Any, what: str = "") -> None:
    if found != expected:
        raise AssertionError(f"{what + ': ' if what else ''}found {found!r}, expected {expected!r}")


def run_all(title: str) -> None:
    """Runs the checks in order, prints what differs, and exits with 1 where one did."""
    failed = 0
    for name, run in _checks:
        try:
            run()
        except Exception as error:  # every failure of a check is a difference to report
            failed += 1
            print(f"  {name}\n    {type(error).__name__}: {error}")
            place = next((frame for frame in reversed(traceback.extract_tb(error.__traceback__)) if frame.filename == run.__code__.co_filename), None)
            print(f"    at {place.filename}:{place.lineno}" if place else "")
    print(f"{title}: {len(_checks)} checks, {failed} different")
    sys.exit(1 if failed else 0)


def athena(sql: str) -> list[list[str | None]]:
    """Runs a statement with boto3 and answers its rows, a query's header left out."""
    client = boto3.client("athena")
    started = client.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": DATABASE},
        ResultConfiguration={"OutputLocation": RESULTS},
    )
    identifier = started["QueryExecutionId"]
    while True:
        execution = client.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.01)
    if execution["Status"]["State"] != "SUCCEEDED":
        raise AssertionError(f"{sql}: {execution['Status']['StateChangeReason']}")
    rows: list[list[str | None]] = []
    for page in client.get_paginator("get_query_results").paginate(QueryExecutionId=identifier):
        rows += [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
    return rows[1:] if execution.get("SubstatementType") == "SELECT" else rows
