"""PyIceberg reads the tables Athena wrote, after each kind of statement, through Glue and S3."""

from typing import Any

from harness import BUCKET, DATABASE, ICEBERG_CATALOG, athena, check, equal, run_all
from pyiceberg.catalog import Catalog, load_catalog


def catalog() -> Catalog:
    return load_catalog("glue", **ICEBERG_CATALOG)


def of_pyiceberg(table: str, snapshot: int | None = None) -> list[tuple[Any, ...]]:
    scan = catalog().load_table(f"{DATABASE}.{table}").scan(snapshot_id=snapshot)
    return sorted((tuple(row.values()) for row in scan.to_arrow().to_pylist()), key=repr)


def as_text(value: Any) -> str | None:
    """A value as Athena prints it, for the types of these tables."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(as_text(item) or 'null' for item in value)}]"
    if hasattr(value, "hour"):
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    return str(value)


def same(table: str) -> None:
    """The rows PyIceberg reads are those Athena answers."""
    expected = sorted((tuple(row) for row in athena(f'SELECT * FROM "{table}"')), key=repr)
    found = sorted((tuple(as_text(value) for value in row) for row in of_pyiceberg(table)), key=repr)
    equal(found, expected, table)


@check("a new table, empty and filled")
def _() -> None:
    athena(
        f"""CREATE TABLE orders (id bigint, name string, price decimal(10,2), ok boolean, at timestamp, day date, tags array<string>)
        PARTITIONED BY (day(at), bucket(4, id)) LOCATION 's3://{BUCKET}/orders/'
        TBLPROPERTIES ('table_type'='ICEBERG', 'format'='parquet', 'write_compression'='zstd')"""
    )
    same("orders")
    athena(
        """INSERT INTO orders SELECT n, concat('name ', CAST(n AS varchar)), CAST(n AS decimal(10,2)) / 4, n % 2 = 0,
        date_add('hour', n, TIMESTAMP '2025-01-01 10:00:00.123456'), date_add('day', n, DATE '2025-01-01'), ARRAY['a', CAST(n AS varchar)]
        FROM UNNEST(sequence(1, 50)) AS s(n)"""
    )
    athena("INSERT INTO orders VALUES (1000, NULL, NULL, NULL, TIMESTAMP '2025-03-01 00:00:00', NULL, NULL)")
    same("orders")


@check("MERGE with update, delete and insert")
def _() -> None:
    athena(
        """MERGE INTO orders t USING (SELECT n FROM UNNEST(sequence(1, 60)) AS s(n)) s ON t.id = s.n
        WHEN MATCHED AND t.id % 10 = 0 THEN DELETE
        WHEN MATCHED THEN UPDATE SET name = 'merged'
        WHEN NOT MATCHED THEN INSERT (id, name, at) VALUES (s.n, 'new', TIMESTAMP '2025-02-02 00:00:00')"""
    )
    same("orders")


@check("UPDATE and DELETE")
def _() -> None:
    athena("UPDATE orders SET price = 9.99 WHERE id < 5")
    athena("DELETE FROM orders WHERE id IN (7, 8, 1000)")
    same("orders")


@check("columns added, renamed, widened and dropped")
def _() -> None:
    athena("CREATE TABLE evolving (a int, b string, c float) LOCATION 's3://%s/evolving/' TBLPROPERTIES ('table_type'='ICEBERG')" % BUCKET)
    athena("INSERT INTO evolving VALUES (1, 'one', REAL '1.5')")
    athena("ALTER TABLE evolving ADD COLUMNS (d date)")
    athena("ALTER TABLE evolving CHANGE COLUMN a big bigint")
    athena("ALTER TABLE evolving CHANGE COLUMN c c double")
    athena("ALTER TABLE evolving DROP COLUMN b")
    athena("INSERT INTO evolving VALUES (10000000000, 2.5, DATE '2025-01-01')")
    same("evolving")
    athena("ALTER TABLE evolving ADD COLUMNS (b string)")
    same("evolving")


@check("OPTIMIZE and VACUUM")
def _() -> None:
    athena("OPTIMIZE orders REWRITE DATA USING BIN_PACK")
    same("orders")
    athena("ALTER TABLE orders SET TBLPROPERTIES ('vacuum_max_snapshot_age_seconds'='1', 'vacuum_min_snapshots_to_keep'='1')")
    athena("VACUUM orders")
    same("orders")


@check("CREATE TABLE AS SELECT")
def _() -> None:
    athena(
        f"""CREATE TABLE copied WITH (table_type='ICEBERG', is_external=false, location='s3://{BUCKET}/copied/', partitioning=ARRAY['truncate(name, 3)'])
        AS SELECT id, name, price, at FROM orders"""
    )
    same("copied")


@check("every snapshot in the log")
def _() -> None:
    athena(f"CREATE TABLE versions (n int) LOCATION 's3://{BUCKET}/versions/' TBLPROPERTIES ('table_type'='ICEBERG')")
    for n in (1, 2, 3):
        athena(f"INSERT INTO versions VALUES ({n})")
    athena("DELETE FROM versions WHERE n = 2")
    for row in athena('SELECT CAST(snapshot_id AS varchar) FROM "versions$snapshots"'):
        snapshot = int(row[0] or "0")
        expected = sorted(int(found[0] or "0") for found in athena(f"SELECT n FROM versions FOR VERSION AS OF {snapshot}"))
        equal([found[0] for found in of_pyiceberg("versions", snapshot)], expected, f"snapshot {snapshot}")


@check("partitions and files as PyIceberg inspects them")
def _() -> None:
    inspect = catalog().load_table(f"{DATABASE}.orders").inspect
    files = inspect.files().to_pylist()
    # Content 0 holds rows, content 1 positions of deleted ones.
    equal(sum(file["record_count"] if file["content"] == 0 else -file["record_count"] for file in files), int(athena("SELECT count(*) FROM orders")[0][0] or "0"), "rows told by the manifests")
    equal(sorted(file["file_path"] for file in files), sorted(row[0] or "" for row in athena('SELECT file_path FROM "orders$files"')), "files")
    equal(len(inspect.partitions().to_pylist()), len(athena('SELECT * FROM "orders$partitions"')), "partitions")


@check("filters find the same rows")
def _() -> None:
    table = catalog().load_table(f"{DATABASE}.orders")
    for condition in ("id = 33", "name = 'merged'", "price >= 5.00", "at < '2025-01-02T00:00:00'", "day IS NULL"):
        sql = condition.replace("at < '2025-01-02T00:00:00'", "at < TIMESTAMP '2025-01-02 00:00:00'")
        equal(len(table.scan(row_filter=condition).to_arrow()), int(athena(f"SELECT count(*) FROM orders WHERE {sql}")[0][0] or "0"), condition)


run_all("PyIceberg reads what Athena wrote")
