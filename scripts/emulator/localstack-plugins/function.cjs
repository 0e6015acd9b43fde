'use strict';
const http = require('node:http');
const path = require('node:path');

/**
 * One function of LocalStack's as a process (function_processes.py): takes a call by POST /invoke, tells LocalStack what came of it by a
 * call of its own, and takes the next. Ends itself where a call takes longer than the function may, as Lambda does.
 */
const { AWS_LAMBDA_FUNCTION_NAME: name, AWS_LAMBDA_FUNCTION_TIMEOUT: seconds, FUNCTION_PORT: port, LAMBDA_TASK_ROOT: code, LOCALSTACK_RUNTIME_ENDPOINT: localstack, LOCALSTACK_RUNTIME_ID: id, _HANDLER: entry } = process.env;

const tell = async (what, body) => {
  const { ok, status } = await fetch(`${localstack}/${what}`, { method: 'POST', body: JSON.stringify(body) ?? 'null' });
  if (!ok) throw new Error(`LocalStack answered ${status} to ${what}`);
};

const failure = (error) => ({ errorType: error?.name ?? 'Error', errorMessage: error?.message ?? String(error), stackTrace: String(error?.stack ?? '').split('\n').slice(1) });

/** `dist/capture/index.handler`: the export of a module in the zip. */
const load = () => {
  const dot = entry.lastIndexOf('.');
  return require(path.join(code, entry.slice(0, dot)))[entry.slice(dot + 1)];
};

const call = async (handler, { 'invoke-id': invocation, 'invoked-function-arn': invokedFunctionArn, payload }) => {
  const deadline = Date.now() + Number(seconds) * 1000;
  const context = { functionName: name, functionVersion: '$LATEST', invokedFunctionArn, awsRequestId: invocation, getRemainingTimeInMillis: () => deadline - Date.now() };
  const late = setTimeout(() => {
    const gone = { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${seconds} seconds` };
    void tell(`invocations/${invocation}/error`, gone).finally(() => process.exit(1));
  }, deadline - Date.now());
  try {
    await tell(`invocations/${invocation}/response`, await handler(JSON.parse(payload), context));
  } catch (error) {
    await tell(`invocations/${invocation}/error`, failure(error));
  } finally {
    clearTimeout(late);
  }
};

const serve = (handler) =>
  http.createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    response.end();
    await call(handler, JSON.parse(text));
  });

try {
  serve(load()).listen(Number(port), '127.0.0.1', () => tell(`status/${id}/ready`, {}));
} catch (error) {
  void tell(`status/${id}/error`, failure(error)).finally(() => process.exit(1));
}
