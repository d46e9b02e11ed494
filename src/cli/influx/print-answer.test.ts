import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstError, parseDocument } from './answer.ts';
import { answerPrinter } from './print-answer.ts';

/** What is printed for some documents. */
async function printed(format: string, documents: readonly string[], pretty = false): Promise<string> {
  let text = '';
  const printer = answerPrinter(format, pretty, { write: async (piece) => void (text += piece) });
  let error: string | null = null;
  for (const document of documents.map(parseDocument)) {
    for (const result of document.results) await printer.result(result);
    error = document.error;
  }
  await printer.end(error);
  return text;
}

const CELLS = String.raw`[[9007199254740993,1.5,"x, \"y\"\tz"],[2,null,null]]`;
const CPU = `{"results":[{"series":[{"name":"cpu","tags":{"r":"1","host":"a"},"columns":["time","v","s"],"values":${CELLS}}]}]}`;
const HEAD = '{"name":"cpu","columns":["time","v"],"values"';
const CHUNKS = [
  `{"results":[{"series":[${HEAD}:[[1,10]],"partial":true}],"partial":true}]}`,
  `{"results":[{"series":[${HEAD}:[[2,2000]]}]}]}`,
];
const KEY = '{"columns":["key"],"values":[["a"]]}';
const TWO = `{"results":[{"series":[${KEY},${HEAD}:[[1,true]]}]},{},{"messages":[{"level":"warning","text":"old"}]}]}`;

test('column', async () => {
  assert.equal(
    await printed('column', [CPU]),
    'name: cpu\ntags: host=a, r=1\ntime             v   s\n----             -   -\n' +
      '9007199254740993 1.5 x, "y" z\n2                    \n',
  );
  assert.equal(await printed('column', CHUNKS), 'name: cpu\ntime v\n---- -\n1    10\n2    2000\n');
  assert.equal(
    await printed('column', [TWO]),
    'key\n---\na\n\nname: cpu\ntime v\n---- -\n1    true\n\nwarning: old.\n\n',
  );
});

test('csv', async () => {
  assert.equal(
    await printed('csv', [CPU]),
    'name,tags,time,v,s\ncpu,"host=a,r=1",9007199254740993,1.5,"x, ""y""\tz"\ncpu,"host=a,r=1",2,,\n',
  );
  assert.equal(await printed('csv', CHUNKS), 'name,time,v\ncpu,1,10\ncpu,2,2000\n');
  assert.equal(await printed('csv', [TWO]), 'key\na\nname,time,v\ncpu,1,true\n');
});

test('json', async () => {
  assert.equal(
    await printed('json', [CPU]),
    `{"results":[{"series":[{"name":"cpu","tags":{"host":"a","r":"1"},"columns":["time","v","s"],"values":${CELLS}}]}]}\n`,
  );
  assert.equal(
    await printed('json', CHUNKS),
    `{"results":[{"series":[${HEAD}:[[1,10]],"partial":true}]},{"series":[${HEAD}:[[2,2000]]}]}]}\n`,
  );
  assert.equal(await printed('json', []), '{}\n');
  assert.equal(
    await printed('json', ['{"error":"a <b> & c"}']),
    String.raw`{"error":"a \u003cb\u003e \u0026 c"}` + '\n',
  );
});

test('json, pretty', async () => {
  assert.equal(
    await printed('json', ['{"results":[{},{"series":[{"columns":["a"],"values":[["[x,\\"y"],[null]]}]}]}'], true),
    `{
    "results": [
        {},
        {
            "series": [
                {
                    "columns": [
                        "a"
                    ],
                    "values": [
                        [
                            "[x,\\"y"
                        ],
                        [
                            null
                        ]
                    ]
                }
            ]
        }
    ]
}
`,
  );
  assert.equal(await printed('json', ['{"error":"x"}'], true), '{\n    "error": "x"\n}\n');
});

test('an unknown format says so once', async () => {
  assert.equal(await printed('yaml', CHUNKS), 'Unknown output format "yaml".\n');
});

test('the first error counts', () => {
  const errorOf = (text: string): string | null => firstError(parseDocument(text));
  assert.equal(errorOf('{"results":[{},{"error":"one"},{"error":"two"}]}'), 'one');
  assert.equal(errorOf('{"error":"all"}'), 'all');
  assert.equal(errorOf('{"results":[{}]}'), null);
});
