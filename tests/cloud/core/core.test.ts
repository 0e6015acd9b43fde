import fs, { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { JsonFile, appendWhole, createFile, cutTornLine, readJson, replaceFile } from '../../../localcloud/core/files.ts';
import { KeyedLock } from '../../../localcloud/core/keyed-lock.ts';
import { listMembers } from '../../../localcloud/core/query-protocol.ts';
import { childText, element, parseXml, textElement, xmlDocument } from '../../../localcloud/core/xml.ts';
import { temporaryDirectory } from '../edge/temporary.ts';

const directory = temporaryDirectory();

describe('files', () => {
  test('are replaced as a whole, without leftovers beside them', () => {
    const file = path.join(directory, 'replaced', 'deep', 'file.json');
    replaceFile(file, '1');
    replaceFile(file, '2');
    expect([readFileSync(file, 'utf8'), readdirSync(path.dirname(file))]).toEqual(['2', ['file.json']]);
  });

  test('are created once: the second creator is told and changes nothing', () => {
    const file = path.join(directory, 'created', 'file');
    expect([createFile(file, 'first'), createFile(file, 'second'), readFileSync(file, 'utf8')]).toEqual([true, false, 'first']);
    expect(readdirSync(path.dirname(file))).toEqual(['file']);
  });

  test('are appended to whole, or not at all where the disk is full', () => {
    const file = path.join(directory, 'appended.jsonl');
    const fd = fs.openSync(file, 'a');
    appendWhole(fd, 'one\n');
    const write = fs.writeSync.bind(fs);
    const full = jest.spyOn(fs, 'writeSync');
    full.mockImplementationOnce((descriptor: number) => write(descriptor, 'tw')); // as a disk with two bytes left does
    full.mockImplementationOnce(() => {
      throw new Error('ENOSPC');
    });
    expect(() => appendWhole(fd, 'two\n')).toThrow('ENOSPC');
    full.mockRestore();
    appendWhole(fd, 'three\n');
    fs.closeSync(fd);
    expect(readFileSync(file, 'utf8')).toBe('one\nthree\n');
  });

  test('lose a line that a process did not end', () => {
    const file = path.join(directory, 'torn.jsonl');
    replaceFile(file, 'one\ntw');
    cutTornLine(file);
    expect(readFileSync(file, 'utf8')).toBe('one\n');
  });

  test('of JSON that is broken are an error that names the file; those that are not there are not', () => {
    const file = path.join(directory, 'broken.json');
    replaceFile(file, '{');
    expect(() => readJson(file)).toThrow(file);
    expect(readJson(path.join(directory, 'absent.json'))).toBeUndefined();
  });

  test('of JSON keep their value where a change of it throws', () => {
    const file = path.join(directory, 'value.json');
    const value = new JsonFile(file, { n: 1 });
    expect(() =>
      value.update((draft) => {
        draft.n = 2;
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([value.get(), existsSync(file)]).toEqual([{ n: 1 }, false]);
    value.update((draft) => void (draft.n = 3));
    expect(new JsonFile(file, { n: 0 }).get()).toEqual({ n: 3 });
  });
});

describe('XML', () => {
  test('brings any text back as it was', () => {
    // XML has no way to write most control characters, and AWS's clients do not send them.
    const isAllowed = (character: string): boolean => character >= ' ' || character === '\t' || character === '\n' || character === '\r';
    const text = fc.string({ unit: 'grapheme' }).filter((value) => Array.from(value).every(isAllowed));
    fc.assert(
      fc.property(text, (value) => {
        const document = parseXml(xmlDocument('Root', 'http://example.com/', element('List', textElement('Item', value))));
        expect(document?.children[0] && childText(document.children[0], 'Item')).toBe(value);
      }),
      { seed: 11 },
    );
  });

  test('with namespaces, attributes, comments and empty elements is read', () => {
    const document = parseXml(
      '<?xml version="1.0"?>\n<!-- c --><a:Root xmlns:a="x"><Empty/><B c="d">1 &#x41;&#66; &amp;lt;</B></a:Root>\n',
    );
    expect(document).toMatchObject({ name: 'Root', children: [{ name: 'Empty' }, { name: 'B', text: '1 AB &lt;' }] });
  });

  test.each(['', 'text', '<a>', '<a></b>', '<a/><b/>', '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'])(
    'that is not well formed, or has a DTD, is refused: %s',
    (text) => {
      expect(parseXml(text)).toBeUndefined();
    },
  );
});

test('members of a list in a query are taken in the order of their numbers, not of their text', () => {
  const parameters = new URLSearchParams(
    Array.from({ length: 11 }, (_, index): [string, string] => [`Tags.member.${index + 1}.Key`, `k${index + 1}`]).reverse(),
  );
  expect(listMembers(parameters, 'Tags').map((fields) => fields.get('Key'))).toEqual(
    Array.from({ length: 11 }, (_, index) => `k${index + 1}`),
  );
});

test('a lock runs tasks of one key in turn, of others at once, also after one has failed', async () => {
  const lock = new KeyedLock();
  const order: string[] = [];
  const task = (name: string, turns: number) => async (): Promise<void> => {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    order.push(name);
    if (name === 'a1') throw new Error('a1 failed');
  };
  const results = await Promise.allSettled([lock.run('a', task('a1', 50)), lock.run('a', task('a2', 0)), lock.run('b', task('b1', 0))]);
  expect(order).toEqual(['b1', 'a1', 'a2']);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
});
