"""awswrangler (the AWS SDK for pandas): Athena, the Glue catalog, data sets on S3, Iceberg tables."""

from datetime import date, datetime
from decimal import Decimal

import awswrangler as wr
import pandas as pd
from harness import BUCKET, DATABASE, RESULTS, athena, check, equal, run_all

DATA = f"s3://{BUCKET}/wrangler"
SQL = """SELECT * FROM (VALUES
  (1, CAST(10000000000 AS bigint), 'a,"b"', 1.5e0, DECIMAL '1.50', true, DATE '2025-01-01', TIMESTAMP '2025-01-01 10:00:00.000', ARRAY[1, 2]),
  (2, NULL, '', NULL, NULL, false, NULL, NULL, NULL)) AS t(i, l, s, d, n, b, day, at, tags) ORDER BY i"""


def frame(*identifiers: int) -> pd.DataFrame:
    return pd.DataFrame({"id": list(identifiers), "name": [f"name {n}" for n in identifiers], "day": [f"2025-01-0{n % 3 + 1}" for n in identifiers]})


def options() -> dict[str, str]:
    return {"database": DATABASE, "s3_output": RESULTS}


def rows(found: pd.DataFrame) -> list[tuple[object, ...]]:
    return [tuple(None if pd.isna(value) else value for value in row) for row in found.itertuples(index=False)]


@check("read_sql_query from the CSV file")
def _() -> None:
    # The CSV reader of awswrangler takes no arrays.
    found = wr.athena.read_sql_query(SQL.replace("SELECT *", "SELECT i, l, s, d, n, b, day, at"), ctas_approach=False, **options())
    equal(rows(found)[0], (1, 10000000000, 'a,"b"', 1.5, Decimal("1.50"), True, date(2025, 1, 1), datetime(2025, 1, 1, 10)))
    equal(rows(found)[1][1], None, "NULL")
    equal(str(found.dtypes["l"]), "Int64")


@check("read_sql_query through UNLOAD")
def _() -> None:
    found = wr.athena.read_sql_query(SQL, ctas_approach=False, unload_approach=True, s3_output=f"s3://{BUCKET}/unloaded/", database=DATABASE)
    equal([row[:2] for row in rows(found.drop(columns=["tags"]).sort_values("i"))], [(1, 10000000000), (2, None)])
    equal(list(found.sort_values("i")["tags"].iloc[0]), [1, 2])


@check("read_sql_query through CREATE TABLE AS")
def _() -> None:
    found = wr.athena.read_sql_query(SQL, ctas_approach=True, **options())
    equal(len(found), 2)
    equal(list(found.sort_values("i")["tags"].iloc[0]), [1, 2])
    equal(sorted(name for name in wr.catalog.tables(database=DATABASE)["Table"] if name.startswith("temp_table_")), [], "temporary tables left")


@check("read_sql_query in chunks, with parameters")
def _() -> None:
    chunks = wr.athena.read_sql_query("SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n)", ctas_approach=False, chunksize=1000, **options())
    equal([len(chunk) for chunk in chunks], [1000, 1000, 500])
    found = wr.athena.read_sql_query("SELECT ? AS a, ? AS b", params=["'it''s'", "2"], paramstyle="qmark", ctas_approach=False, **options())
    equal(rows(found), [("it's", 2)])
    found = wr.athena.read_sql_query("SELECT :a AS a, :b AS b", params={"a": "it's", "b": 2}, paramstyle="named", ctas_approach=False, **options())
    equal(rows(found), [("it's", 2)])


@check("a data set of Parquet files with partitions, in the catalog")
def _() -> None:
    written = wr.s3.to_parquet(frame(1, 2, 3), path=f"{DATA}/parts/", dataset=True, partition_cols=["day"], database=DATABASE, table="parts", mode="overwrite")
    equal(len(written["paths"]), 3)
    wr.s3.to_parquet(frame(4), path=f"{DATA}/parts/", dataset=True, partition_cols=["day"], database=DATABASE, table="parts", mode="append")
    equal(athena("SELECT id, name, day FROM parts ORDER BY id")[-1], ["4", "name 4", "2025-01-02"])
    equal(athena("SELECT count(*) FROM parts WHERE day = '2025-01-02'"), [["2"]])
    wr.s3.to_parquet(frame(7), path=f"{DATA}/parts/", dataset=True, partition_cols=["day"], database=DATABASE, table="parts", mode="overwrite_partitions")
    equal(athena("SELECT id FROM parts ORDER BY id"), [["2"], ["3"], ["7"]])
    equal(sorted(wr.s3.read_parquet(f"{DATA}/parts/", dataset=True)["id"]), [2, 3, 7])
    equal(sorted(wr.s3.read_parquet_table(database=DATABASE, table="parts")["id"]), [2, 3, 7])


@check("columns added to a data set")
def _() -> None:
    more = frame(8).assign(price=[1.25])
    wr.s3.to_parquet(more, path=f"{DATA}/parts/", dataset=True, partition_cols=["day"], database=DATABASE, table="parts", mode="append", schema_evolution=True)
    equal(athena("SELECT id, price FROM parts WHERE id IN (3, 8) ORDER BY id"), [["3", None], ["8", "1.25"]])


@check("data sets of CSV and JSON")
def _() -> None:
    wr.s3.to_csv(frame(1, 2), path=f"{DATA}/csv/", dataset=True, database=DATABASE, table="comma", index=False, mode="overwrite")
    equal(athena("SELECT id, name FROM comma ORDER BY id"), [["1", "name 1"], ["2", "name 2"]])
    wr.s3.to_json(frame(1, 2), path=f"{DATA}/json/", dataset=True, database=DATABASE, table="lines", mode="overwrite", orient="records", lines=True, index=False)
    equal(athena("SELECT id, name FROM lines ORDER BY id"), [["1", "name 1"], ["2", "name 2"]])


@check("the catalog")
def _() -> None:
    equal(wr.catalog.does_table_exist(database=DATABASE, table="parts"), True)
    equal(DATABASE in list(wr.catalog.databases()["Database"]), True)
    equal(wr.catalog.get_table_types(database=DATABASE, table="parts"), {"id": "bigint", "name": "string", "price": "double", "day": "string"})
    equal([column["Name"] for column in wr.catalog.get_table_parameters(database=DATABASE, table="parts") and next(wr.catalog.get_tables(database=DATABASE, name_prefix="parts"))["StorageDescriptor"]["Columns"]], ["id", "name", "price"])
    equal(wr.catalog.get_table_location(database=DATABASE, table="parts").rstrip("/"), f"{DATA}/parts")
    partitions = wr.catalog.get_partitions(database=DATABASE, table="parts", expression="day = '2025-01-02'")
    equal(list(partitions.values()), [["2025-01-02"]])
    wr.catalog.upsert_table_parameters(parameters={"owner": "somebody"}, database=DATABASE, table="parts", catalog_versioning=True)
    equal(wr.catalog.get_table_parameters(database=DATABASE, table="parts")["owner"], "somebody")
    equal(wr.catalog.get_table_number_of_versions(database=DATABASE, table="parts") > 1, True)
    wr.catalog.delete_column(database=DATABASE, table="parts", column_name="price")
    equal(list(wr.catalog.table(database=DATABASE, table="parts")["Column Name"]), ["id", "name", "day"])
    equal([table["Name"] for table in wr.catalog.search_tables(text="parts")], ["parts"])
    wr.catalog.delete_all_partitions(database=DATABASE, table="parts")
    equal(wr.catalog.delete_table_if_exists(database=DATABASE, table="parts"), True)
    equal(wr.catalog.delete_table_if_exists(database=DATABASE, table="parts"), False)


@check("to_iceberg: created, appended, merged, overwritten")
def _() -> None:
    place = {"database": DATABASE, "table": "iced", "table_location": f"{DATA}/iced/", "temp_path": f"{DATA}/temporary/", "s3_output": RESULTS, "keep_files": False}
    wr.athena.to_iceberg(df=frame(1, 2, 3), partition_cols=["day"], **place)
    wr.athena.to_iceberg(df=frame(4), mode="append", **place)
    equal(athena("SELECT id FROM iced ORDER BY id"), [["1"], ["2"], ["3"], ["4"]])
    changed = frame(4, 5).assign(name=["changed", "new"])
    wr.athena.to_iceberg(df=changed, merge_cols=["id"], **place)
    equal(athena("SELECT id, name FROM iced WHERE id > 3 ORDER BY id"), [["4", "changed"], ["5", "new"]])
    wr.athena.to_iceberg(df=frame(6).assign(extra=[1.5]), schema_evolution=True, **place)
    equal(athena("SELECT id, extra FROM iced WHERE id > 4 ORDER BY id"), [["5", None], ["6", "1.5"]])
    wr.athena.delete_from_iceberg_table(df=pd.DataFrame({"id": [1, 6]}), merge_cols=["id"], **{name: value for name, value in place.items() if name != "table_location"})
    equal(athena("SELECT id FROM iced ORDER BY id"), [["2"], ["3"], ["4"], ["5"]])
    wr.athena.to_iceberg(df=frame(9).assign(extra=[2.5]), mode="overwrite", **place)
    equal(athena("SELECT id FROM iced"), [["9"]])


@check("read_sql_table, views, describe_table, show_create_table")
def _() -> None:
    equal(list(wr.athena.read_sql_table("iced", ctas_approach=False, **options())["id"]), [9])
    equal(list(wr.athena.describe_table(table="comma", database=DATABASE, s3_output=RESULTS)["Column Name"]), ["id", "name", "day"])
    equal("comma" in wr.athena.show_create_table(table="comma", database=DATABASE, s3_output=RESULTS), True)


@check("repair_table finds partitions")
def _() -> None:
    wr.s3.to_parquet(frame(1, 2), path=f"{DATA}/repaired/", dataset=True, partition_cols=["day"], database=DATABASE, table="repaired", mode="overwrite")
    wr.catalog.delete_all_partitions(database=DATABASE, table="repaired")
    wr.athena.repair_table(table="repaired", database=DATABASE, s3_output=RESULTS)
    equal(athena("SELECT id FROM repaired ORDER BY id"), [["1"], ["2"]])


@check("query executions, prepared statements, workgroups")
def _() -> None:
    identifier = wr.athena.start_query_execution(sql="SELECT 1 AS one", wait=False, **options())
    wr.athena.wait_query(query_execution_id=identifier)
    equal(list(wr.athena.get_query_results(query_execution_id=identifier)["one"]), [1])
    equal(list(wr.athena.get_query_executions([identifier])["QueryExecutionId"]), [identifier])
    equal(identifier in wr.athena.list_query_executions(), True)
    wr.athena.create_prepared_statement(sql="SELECT ? AS n", statement_name="of_wrangler")
    equal([statement["StatementName"] for statement in wr.athena.list_prepared_statements()], ["of_wrangler"])
    wr.athena.delete_prepared_statement(statement_name="of_wrangler")
    try:
        wr.athena.read_sql_query("SELECT nope FROM iced", ctas_approach=False, **options())
    except wr.exceptions.QueryFailed as error:
        equal("COLUMN_NOT_FOUND" in str(error), True, str(error))


run_all("awswrangler")
