"""boto3 and the `aws` command, configured by the environment alone, on every service of the cloud."""

import json
import subprocess
from typing import Any

import boto3
from harness import BUCKET, athena, check, equal, run_all


def aws(*words: str) -> Any:
    done = subprocess.run(["aws", *words, "--output", "json"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"aws {' '.join(words)}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else done.stdout


@check("S3: objects, multipart upload, paging, waiters")
def _() -> None:
    s3 = boto3.client("s3")
    s3.get_waiter("bucket_exists").wait(Bucket=BUCKET)
    for n in range(12):
        s3.put_object(Bucket=BUCKET, Key=f"boto/{n:02}", Body=b"x" * n)
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="boto/", PaginationConfig={"PageSize": 5}))
    equal([len(page["Contents"]) for page in pages], [5, 5, 2])
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="boto/parts")["UploadId"]
    parts = [s3.upload_part(Bucket=BUCKET, Key="boto/parts", UploadId=upload, PartNumber=n, Body=bytes([n]) * (5 << 20)) for n in (1, 2)]
    s3.complete_multipart_upload(Bucket=BUCKET, Key="boto/parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": n + 1, "ETag": part["ETag"]} for n, part in enumerate(parts)]})
    equal(s3.head_object(Bucket=BUCKET, Key="boto/parts")["ContentLength"], 10 << 20)


@check("Kinesis, DynamoDB, SNS, Secrets Manager, STS")
def _() -> None:
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName="boto", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="boto", WaiterConfig={"Delay": 1})
    kinesis.put_record(StreamName="boto", Data=b"one", PartitionKey="a")
    shard = kinesis.list_shards(StreamName="boto")["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName="boto", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    equal([record["Data"] for record in kinesis.get_records(ShardIterator=iterator)["Records"]], [b"one"])
    table = boto3.resource("dynamodb").create_table(
        TableName="boto",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    table.put_item(Item={"id": "a", "n": 1})
    equal(table.get_item(Key={"id": "a"})["Item"], {"id": "a", "n": 1})
    topic = boto3.client("sns").create_topic(Name="boto")["TopicArn"]
    equal("MessageId" in boto3.client("sns").publish(TopicArn=topic, Message="hello"), True)
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="boto", SecretString="secret")
    equal(secrets.get_secret_value(SecretId="boto")["SecretString"], "secret")
    equal(boto3.client("sts").get_caller_identity()["Account"], "000000000000")


@check("Athena and Glue: paginators, errors by their class")
def _() -> None:
    equal(len(athena("SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n)")), 2500)
    client, glue = boto3.client("athena"), boto3.client("glue")
    equal(sum(len(page["QueryExecutionIds"]) for page in client.get_paginator("list_query_executions").paginate(PaginationConfig={"PageSize": 1})) > 0, True)
    equal([database["Name"] for page in glue.get_paginator("get_databases").paginate() for database in page["DatabaseList"]], ["conformance"])
    try:
        glue.get_table(DatabaseName="conformance", Name="nowhere")
    except glue.exceptions.EntityNotFoundException:
        pass
    try:
        client.get_query_execution(QueryExecutionId="00000000-0000-0000-0000-000000000000")
    except client.exceptions.InvalidRequestException:
        return
    raise AssertionError("a query that does not exist was found")


@check("the aws command")
def _() -> None:
    equal(aws("sts", "get-caller-identity")["Account"], "000000000000")
    equal(BUCKET in json.dumps(aws("s3api", "list-buckets")), True)
    aws("s3", "cp", __file__, f"s3://{BUCKET}/cli/services.py")
    equal(aws("s3api", "head-object", "--bucket", BUCKET, "--key", "cli/services.py")["ContentLength"] > 0, True)
    identifier = aws("athena", "start-query-execution", "--query-string", "SELECT 1 AS one", "--result-configuration", f"OutputLocation=s3://{BUCKET}/cli/")["QueryExecutionId"]
    equal(aws("athena", "get-query-execution", "--query-execution-id", identifier)["QueryExecution"]["Query"], "SELECT 1 AS one")
    equal(aws("glue", "get-databases")["DatabaseList"][0]["Name"], "conformance")
    equal("StreamNames" in aws("kinesis", "list-streams"), True)
    equal("stateMachines" in aws("stepfunctions", "list-state-machines"), True)
    equal("DeliveryStreamNames" in aws("firehose", "list-delivery-streams"), True)
    equal("Functions" in aws("lambda", "list-functions"), True)


run_all("boto3 and aws")
