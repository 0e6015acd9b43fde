import { failedItems } from '../../../localcloud/lambda/event-sources/partial-response.ts';

describe('the answer of a function', () => {
  const ok = (payload: string) => ({ ok: true as const, payload, lines: [] });
  test.each<[string, string[]]>([
    ['null', []],
    ['{}', []],
    ['{"batchItemFailures":[]}', []],
    ['{"batchItemFailures":null}', []],
    ['{"batchItemFailures":[{"itemIdentifier":"1"}]}', ['1']],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', ['1', '2']],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}', ['1', '2']],
    ['{"batchItemFailures":[{"itemIdentifier":"3"}]}', ['1', '2']],
    ['{"batchItemFailures":[{"id":"1"}]}', ['1', '2']],
    ['{"batchItemFailures":"1"}', ['1', '2']],
    ['{"failures":[]}', ['1', '2']],
    ['"text"', ['1', '2']],
  ])('%s fails %j', (payload, failed) => {
    expect([...failedItems(ok(payload), ['1', '2'], true)]).toEqual(failed);
    expect([...failedItems(ok(payload), ['1', '2'], false)]).toEqual([]);
  });
});
