"""Plugins of LocalStack 4.14 for a machine without Docker, found by the entry points beside this file.

LAMBDA_RUNTIME_EXECUTOR=processes: functions are processes of this machine's Node. What LocalStack's init does inside a container, function.cjs
does; localstack/services/lambda_/invocation/executor_endpoint.py is the other end.
PROVIDER_OVERRIDE_<SERVICE>=elsewhere: requests of DynamoDB and Kinesis go on to ELSEWHERE, in place of programs that LocalStack downloads.
"""

import os
import subprocess
from pathlib import Path

from localstack import config
from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.api.kinesis import KinesisApi
from localstack.aws.forwarder import HttpFallbackDispatcher
from localstack.services.lambda_.invocation.executor_endpoint import ExecutorEndpoint
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from localstack.services.plugins import Service, aws_provider
from localstack.utils.container_utils.container_client import Util
from localstack.utils.net import get_free_tcp_port

LOOPBACK = "127.0.0.1"
PROGRAM = Path(__file__).with_name("function.cjs")


class ProcessExecutor(RuntimeExecutor):
    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self.endpoint = ExecutorEndpoint(id, LOOPBACK, get_free_tcp_port())
        self.process = None
        self.log = Path(config.dirs.tmp) / f"{function_version.id.function_name}-{id}.log"

    def start(self, env_vars):
        self.endpoint.start()
        code = self.function_version.config.code.get_unzipped_code_location()
        of_containers = Util.parse_additional_flags(config.LAMBDA_DOCKER_FLAGS or "").env_vars or {}
        of_machine = {"PATH": os.environ["PATH"], "LAMBDA_TASK_ROOT": code, "FUNCTION_PORT": self.endpoint.container_port}
        variables = {name: str(value) for name, value in {**env_vars, **of_containers, **of_machine}.items()}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(["node", PROGRAM], cwd=code, env=variables, stdout=log, stderr=log)
        self.endpoint.wait_for_startup()

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        self.endpoint.shutdown()

    def get_address(self):
        return LOOPBACK

    def get_endpoint_from_executor(self):
        return LOOPBACK

    def get_runtime_endpoint(self):
        return f"http://{LOOPBACK}:{config.GATEWAY_LISTEN[0].port}{self.endpoint.get_endpoint_prefix()}"

    def invoke(self, payload):
        return self.endpoint.invoke(payload)

    def get_logs(self):
        return self.log.read_text() if self.log.exists() else ""

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        """Its code goes with the run's folder."""


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "processes"

    def load(self, *args, **kwargs):
        return ProcessExecutor


def elsewhere(api):
    return Service.for_provider(api, dispatch_table_factory=lambda provider: HttpFallbackDispatcher(provider, lambda _account, _region: os.environ["ELSEWHERE"]))


@aws_provider(api="dynamodb", name="elsewhere")
def dynamodb():
    return elsewhere(DynamodbApi())


@aws_provider(api="kinesis", name="elsewhere")
def kinesis():
    return elsewhere(KinesisApi())
