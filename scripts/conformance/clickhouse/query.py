"""Answers SQL with ClickHouse (chdb): a line of stdin is {"sql": …}, a line of stdout its rows as a JSON list, or {"error": …}."""

import json
import sys

import chdb

for line in sys.stdin:
    try:
        answer = str(chdb.query(json.loads(line)["sql"], "JSONCompactEachRow"))
        print(json.dumps([json.loads(row) for row in answer.splitlines()]), flush=True)
    except Exception as error:  # ClickHouse's own errors are differences to report
        print(json.dumps({"error": str(error)}), flush=True)
