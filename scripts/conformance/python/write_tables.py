"""PyIceberg creates and writes tables in Glue; Athena reads and goes on writing them."""

from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
from harness import BUCKET, DATABASE, ICEBERG_CATALOG, athena, check, equal, run_all
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import DateType, DecimalType, LongType, NestedField, StringType, StructType, TimestampType

TABLE = f"{DATABASE}.by_pyiceberg"
SCHEMA = Schema(
    NestedField(1, "id", LongType()),
    NestedField(2, "name", StringType()),
    NestedField(3, "price", DecimalType(10, 2)),
    NestedField(4, "at", TimestampType()),
    NestedField(5, "day", DateType()),
    NestedField(6, "place", StructType(NestedField(7, "city", StringType(), required=False)), required=False),
)


def catalog() -> Catalog:
    return load_catalog("glue", **ICEBERG_CATALOG)


def rows(*identifiers: int) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "id": n,
                "name": f"name {n}",
                "price": Decimal(n) / 4,
                "at": datetime(2025, 1, 1 + n % 3, 10, 0, 0, n),
                "day": date(2025, 1, 1),
                "place": {"city": "Bern"},
            }
            for n in identifiers
        ],
        schema=SCHEMA.as_arrow(),
    )


def ids() -> list[int]:
    return [int(row[0] or "0") for row in athena("SELECT id FROM by_pyiceberg ORDER BY id")]


@check("namespaces and tables are listed, missing ones are missing")
def _() -> None:
    equal((DATABASE,) in catalog().list_namespaces(), True, "namespaces")
    catalog().create_namespace("other", {"comment": "of PyIceberg"})
    equal(catalog().load_namespace_properties("other").get("comment"), "of PyIceberg")
    catalog().drop_namespace("other")
    try:
        catalog().load_table(f"{DATABASE}.nowhere")
    except NoSuchTableError:
        return
    raise AssertionError("a table that does not exist was loaded")


@check("a table created and appended to")
def _() -> None:
    spec = PartitionSpec(PartitionField(source_id=4, field_id=1000, transform=DayTransform(), name="at_day"))
    table = catalog().create_table(TABLE, SCHEMA, location=f"s3://{BUCKET}/by_pyiceberg", partition_spec=spec)
    try:
        catalog().create_table(TABLE, SCHEMA)
        raise AssertionError("created twice")
    except TableAlreadyExistsError:
        pass
    table.append(rows(1, 2, 3, 4))
    equal(ids(), [1, 2, 3, 4])
    equal(
        athena("SELECT * FROM by_pyiceberg WHERE id = 3"),
        [["3", "name 3", "0.75", "2025-01-01 10:00:00.000003", "2025-01-01", "{city=Bern}"]],
    )
    equal(athena("SELECT count(*) FROM by_pyiceberg WHERE at < TIMESTAMP '2025-01-02 00:00:00'"), [["1"]])


@check("overwrite and delete")
def _() -> None:
    table = catalog().load_table(TABLE)
    table.overwrite(rows(10, 11), overwrite_filter="id = 1")
    equal(ids(), [2, 3, 4, 10, 11])
    table.delete("id >= 4 and id < 11")
    equal(ids(), [2, 3, 11])


@check("upsert")
def _() -> None:
    table = catalog().load_table(TABLE)
    changed = rows(2, 12).set_column(1, "name", pa.array(["changed", "new"], pa.large_string()))
    table.upsert(changed.cast(SCHEMA.as_arrow()), join_cols=["id"])
    equal(athena("SELECT id, name FROM by_pyiceberg ORDER BY id"), [["2", "changed"], ["3", "name 3"], ["11", "name 11"], ["12", "new"]])


@check("Athena writes on, PyIceberg reads it")
def _() -> None:
    athena("MERGE INTO by_pyiceberg t USING (VALUES (3, 'merged'), (50, 'inserted')) AS s(id, name) ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)")
    found = catalog().load_table(TABLE).scan(selected_fields=("id", "name")).to_arrow().to_pylist()
    equal(sorted((row["id"], row["name"]) for row in found), [(2, "changed"), (3, "merged"), (11, "name 11"), (12, "new"), (50, "inserted")])


@check("schema evolution")
def _() -> None:
    table = catalog().load_table(TABLE)
    with table.update_schema() as update:
        update.add_column("extra", StringType())
        update.rename_column("name", "title")
        update.delete_column("day")
        update.add_column(("place", "street"), StringType())
    equal(athena("SELECT id, title, extra FROM by_pyiceberg WHERE id = 3"), [["3", "merged", None]])
    equal(athena("SELECT place FROM by_pyiceberg WHERE id = 2"), [["{city=Bern, street=null}"]])
    athena("INSERT INTO by_pyiceberg (id, title, extra) VALUES (60, 'after', 'x')")
    equal(athena("SELECT title, extra FROM by_pyiceberg WHERE id = 60"), [["after", "x"]])
    described = [row[0] for row in athena("SHOW COLUMNS IN by_pyiceberg")]
    equal([name.strip() for name in described if name], ["id", "title", "price", "at", "place", "extra"])


@check("partition evolution")
def _() -> None:
    table = catalog().load_table(TABLE)
    with table.update_spec() as update:
        update.add_identity("extra")
        update.remove_field("at_day")
    athena("INSERT INTO by_pyiceberg (id, title, extra) VALUES (61, 'after', 'y')")
    found = catalog().load_table(TABLE).scan(row_filter="extra = 'y'").to_arrow().to_pylist()
    equal([row["id"] for row in found], [61])
    equal(athena("SELECT id FROM by_pyiceberg WHERE extra = 'x'"), [["60"]])


@check("properties and time travel")
def _() -> None:
    table = catalog().load_table(TABLE)
    with table.transaction() as transaction:
        transaction.set_properties({"owner": "somebody"})
    first = table.history()[0].snapshot_id
    equal(athena(f"SELECT count(*) FROM by_pyiceberg FOR VERSION AS OF {first}"), [["4"]])
    equal(athena("SELECT count(*) FROM \"by_pyiceberg$snapshots\"")[0][0], str(len(catalog().load_table(TABLE).snapshots())))


@check("of two writers that saw the same state, the later one is refused")
def _() -> None:
    stale = catalog().load_table(TABLE)
    athena("INSERT INTO by_pyiceberg (id, title) VALUES (70, 'first')")
    try:
        stale.delete("id = 2")
    except CommitFailedException:
        pass
    equal(athena("SELECT count(*) FROM by_pyiceberg WHERE id = 70"), [["1"]])


@check("renamed and dropped")
def _() -> None:
    catalog().rename_table(TABLE, f"{DATABASE}.renamed")
    equal(athena("SELECT count(*) > 0 FROM renamed"), [["true"]])
    equal(catalog().table_exists(TABLE), False)
    catalog().drop_table(f"{DATABASE}.renamed")
    equal((DATABASE, "renamed") in catalog().list_tables(DATABASE), False)


run_all("Athena reads what PyIceberg wrote")
