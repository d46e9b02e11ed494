import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { WeirError } from '../../base/index.ts';
import { type ResultSpec, results, series } from '../test-support/results.ts';
import { chooseFormat } from './answer-format.ts';
import { ByteSink } from './byte-sink.ts';
import { type AnswerOptions, runAnswer } from './run-answer.ts';
import { epochUnit } from './time-text.ts';

interface Asked {
  readonly accept?: string;
  readonly epoch?: string;
  readonly pretty?: boolean;
  readonly chunkSize?: number;
  readonly maxRows?: number;
}

const failOnBug = (error: unknown): void => assert.fail(String(error));

async function answerBytes(asked: Asked, ...specs: readonly ResultSpec[]): Promise<Buffer> {
  const target = new PassThrough();
  const pieces: Buffer[] = [];
  target.on('data', (piece: Buffer) => pieces.push(Buffer.from(piece)));
  const sink = new ByteSink(() => target);
  const encoder = chooseFormat(asked.accept ?? '').encoder(sink, epochUnit(asked.epoch ?? ''), asked.pretty ?? false);
  const options: AnswerOptions = {
    chunkSize: asked.chunkSize ?? null,
    maxRows: asked.maxRows ?? 0,
    signal: new AbortController().signal,
    onBug: failOnBug,
  };
  await runAnswer(results(...specs), encoder, sink, options);
  await sink.end(options.signal);
  return Buffer.concat(pieces);
}

async function answer(asked: Asked, ...specs: readonly ResultSpec[]): Promise<string> {
  return (await answerBytes(asked, ...specs)).toString();
}

const FOUR = series(
  'a',
  ['time', 'v'],
  [
    [1n, 3],
    [2n, 1e21],
    [3n, null],
    [10n, -0],
  ],
);
const MIXED = series(
  'c',
  ['time', 'b', 'i', 's'],
  [
    [1n, null, null, 'x<y'],
    [2n, true, 9007199254740993n, 'comma,x'],
  ],
);
const TAGGED = [
  series(
    'c',
    ['time', 's'],
    [[1n, 'p']],
    [
      ['t', ''],
      ['u', ''],
    ],
  ),
  series(
    'c',
    ['time', 's'],
    [[2n, 'q']],
    [
      ['t', 'a b'],
      ['u', 'x'],
    ],
  ),
];

test('JSON: members in order, empty ones left out', async () => {
  const start = '{"results":[{"statement_id":0';
  const time = (fraction: string): string => `"1970-01-01T00:00:00.${fraction}Z"`;
  const t1 = time('000000001');
  const t2 = time('000000002');
  const cases: readonly (readonly [string, readonly ResultSpec[]])[] = [
    ['{}', []],
    [`${start}}]}`, [{}]],
    [`${start},"error":"not \\u003cthere\\u003e"}]}`, [{ error: 'not <there>' }]],
    [
      `${start},"series":[{"name":"a","columns":["time","v"],"values":[` +
        `[${t1},3],[${t2},1e+21],[${time('000000003')},null],[${time('00000001')},-0]]}]}]}`,
      [{ series: [FOUR] }],
    ],
    [
      `${start},"series":[{"name":"c","columns":["time","b","i","s"],"values":[` +
        `[${t1},null,null,"x\\u003cy"],[${t2},true,9007199254740993,"comma,x"]]}]}]}`,
      [{ series: [MIXED] }],
    ],
    [
      `${start},"series":[{"name":"c","tags":{"t":"","u":""},"columns":["time","s"],"values":[[${t1},"p"]]},` +
        `{"name":"c","tags":{"t":"a b","u":"x"},"columns":["time","s"],"values":[[${t2},"q"]]}]}]}`,
      [{ series: TAGGED }],
    ],
    [
      `${start},"series":[{"columns":["key"]}]},{"statement_id":1,"messages":[{"level":"warning","text":"w"}]}]}`,
      [{ series: [series('', ['key'], [])] }, { warning: 'w' }],
    ],
    [
      `${start},"series":[{"name":"d","columns":["x"],"values":[[1],["s"],[null],[7],[true]]}]}]}`,
      [{ series: [series('d', ['x'], [[1], ['s'], [null], [7n], [true]])], batchRows: 5 }],
    ],
  ];
  for (const [expected, specs] of cases) assert.equal(await answer({}, ...specs), `${expected}\n`);
});

test('lists of texts in a cell', async () => {
  const LISTS = series(
    'd',
    ['n', 'urls'],
    [
      ['s', ['udp://h:1', 'http://a&b:2']],
      ['t', []],
    ],
  );
  const row = '["s",["udp://h:1","http://a\\u0026b:2"]],["t",[]]';
  assert.equal(
    await answer({}, { series: [LISTS] }),
    `{"results":[{"statement_id":0,"series":[{"name":"d","columns":["n","urls"],"values":[${row}]}]}]}\n`,
  );
  const pretty = await answer({ pretty: true }, { series: [LISTS] });
  assert.equal(pretty, `${JSON.stringify(JSON.parse(pretty), null, 4).replace('&', '\\u0026')}\n`);
  assert.equal(
    await answer({ accept: 'text/csv' }, { series: [LISTS] }),
    'name,tags,n,urls\nd,,s,"udp://h:1,http://a&b:2"\nd,,t,\n',
  );
  const packed = await answerBytes({ accept: 'application/x-msgpack' }, { series: [LISTS] });
  assert.ok(packed.includes(Buffer.from('a17392a9', 'hex')), packed.toString('hex'));
  assert.ok(packed.includes(Buffer.from('a17490', 'hex')), packed.toString('hex'));
});

test('JSON: epoch gives integers', async () => {
  const text = await answer({ epoch: 'ns' }, { series: [FOUR] });
  assert.match(text, /"values":\[\[1,3\],\[2,1e\+21\],\[3,null\],\[10,-0\]\]/);
});

test('JSON: pretty has four spaces, as Go indents', async () => {
  const specs: readonly ResultSpec[] = [{ series: [FOUR, ...TAGGED], warning: 'w' }, { error: 'bad' }, {}];
  const plain = await answer({}, ...specs);
  const pretty = await answer({ pretty: true }, ...specs);
  const expected = JSON.stringify(
    JSON.parse(plain.replaceAll('-0]', '"minus"]').replaceAll('1e+21', '"big"')),
    null,
    4,
  );
  assert.equal(pretty, `${expected.replaceAll('"minus"', '-0').replaceAll('"big"', '1e+21')}\n`);
  assert.equal(await answer({ pretty: true }), '{}\n');
});

test('chunked: one document a chunk, partial where more follows', async () => {
  const values = (...pairs: readonly string[]): string => `"values":[${pairs.join(',')}]`;
  const chunk = (inner: string, more: boolean, sameSeries: boolean): string =>
    `{"results":[{"statement_id":0,"series":[{"name":"a","columns":["time","v"],${inner}` +
    `${sameSeries ? ',"partial":true' : ''}}]${more ? ',"partial":true' : ''}}]}\n`;
  const four = await answer({ chunkSize: 3, epoch: 'ns' }, { series: [FOUR] });
  assert.equal(
    four,
    chunk(values('[1,3]', '[2,1e+21]', '[3,null]'), true, true) + chunk(values('[10,-0]'), false, false),
  );
  const exact = await answer({ chunkSize: 4, epoch: 'ns' }, { series: [FOUR] });
  assert.equal(exact, chunk(values('[1,3]', '[2,1e+21]', '[3,null]', '[10,-0]'), false, false));
  const two = await answer({ chunkSize: 10, epoch: 'ns' }, { series: TAGGED }, { error: 'bad' });
  const documents = two.trimEnd().split('\n');
  assert.equal(documents.length, 3);
  assert.match(documents[0], /"values":\[\[1,"p"\]\]\}\],"partial":true\}\]\}$/);
  assert.match(documents[1], /"values":\[\[2,"q"\]\]\}\]\}\]\}$/);
  assert.equal(documents[2], '{"results":[{"statement_id":1,"error":"bad"}]}');
});

test('every chunk size gives the same rows', async () => {
  for (let chunkSize = 1; chunkSize <= 5; chunkSize++) {
    const text = await answer({ chunkSize, epoch: 'ns' }, { series: [FOUR, MIXED] });
    const rows = text
      .trimEnd()
      .split('\n')
      .flatMap((line) => JSON.parse(line).results[0].series[0].values as unknown[][])
      .map(([time]) => time);
    assert.deepEqual(rows, [1, 2, 3, 10, 1, 2]);
  }
});

test('max-row-limit cuts an unchunked answer and marks the series', async () => {
  const cut = await answer({ maxRows: 3, epoch: 'ns' }, { series: [FOUR, MIXED] }, { series: [MIXED] });
  assert.equal(
    cut,
    '{"results":[{"statement_id":0,"series":[{"name":"a","columns":["time","v"],"values":[[1,3],[2,1e+21],[3,null]],"partial":true}]}]}\n',
  );
  const whole = await answer({ maxRows: 4, epoch: 'ns' }, { series: [FOUR, MIXED] }, { series: [MIXED] });
  assert.match(whole, /\[10,-0\]\]\}\]\}\]\}\n$/);
  const batchEnd = await answer({ maxRows: 2, epoch: 'ns' }, { series: [FOUR] });
  assert.match(batchEnd, /\[2,1e\+21\]\],"partial":true\}\]\}\]\}\n$/);
});

test('a failure within a result keeps its rows and ends it', async () => {
  const thrown = new WeirError('limit', 'over the limit');
  const text = await answer({ epoch: 'ns' }, { series: [FOUR], thrown }, { series: [MIXED] });
  const { results: parsed } = JSON.parse(text.replace('-0', '0'));
  assert.equal(parsed[0].series[0].values.length, 4);
  assert.equal(parsed[0].error, 'over the limit');
  assert.equal(parsed[1].series[0].name, 'c');
  const chunks = (await answer({ chunkSize: 10, epoch: 'ns' }, { series: [FOUR], thrown })).trimEnd().split('\n');
  assert.match(chunks[0], /"partial":true\}\],"partial":true\}\]\}$/);
  assert.equal(chunks[1], '{"results":[{"statement_id":0,"error":"over the limit"}]}');
});

test('NaN and infinities turn a JSON answer into an error', async () => {
  const odd = (value: number): ResultSpec => ({
    series: [
      series(
        'a',
        ['time', 'v'],
        [
          [1n, 1],
          [2n, value],
        ],
      ),
    ],
  });
  assert.equal(await answer({}, odd(Number.NaN)), '{"error":"json: unsupported value: NaN"}\n');
  assert.equal(
    await answer({}, { series: [FOUR] }, odd(Number.POSITIVE_INFINITY)),
    '{"error":"json: unsupported value: +Inf"}\n',
  );
  const many = Array.from({ length: 20_000 }, (_, row) => [BigInt(row), row === 19_999 ? Number.NaN : row]);
  const late = await answer({}, { series: [series('a', ['time', 'v'], many)], batchRows: 1000 });
  const parsed = JSON.parse(late);
  assert.equal(parsed.results[0].error, 'json: unsupported value: NaN');
  assert.equal(parsed.results[0].series[0].partial, true);
  assert.match(await answer({ accept: 'text/csv' }, odd(Number.NaN)), /a,,2,NaN\n/);
});

test('CSV: headers, blank lines, quotes and tags', async () => {
  const odd = series(
    'o,o',
    ['time', 's'],
    [
      [1n, 'a"b'],
      [2n, 'x\ny'],
      [3n, ' lead'],
      [4n, null],
      [5n, ''],
    ],
    [
      ['t', 'a b'],
      ['u', ''],
    ],
  );
  const specs: readonly ResultSpec[] = [
    { series: [FOUR] },
    { error: 'gone' },
    { series: [MIXED, odd] },
    {},
    { series: [FOUR] },
  ];
  const expected = [
    'name,tags,time,v',
    'a,,1,3',
    'a,,2,1000000000000000000000',
    'a,,3,',
    'a,,10,-0',
    '',
    'name,tags,time,b,i,s',
    'c,,1,,,x<y',
    'c,,2,true,9007199254740993,"comma,x"',
    '',
    'name,tags,time,s',
    '"o,o",t=a\\ b,1,"a""b"',
    '"o,o",t=a\\ b,2,"x\ny"',
    '"o,o",t=a\\ b,3," lead"',
    '"o,o",t=a\\ b,4,',
    '"o,o",t=a\\ b,5,',
    '',
    'name,tags,time,v',
    'a,,1,3',
    'a,,2,1000000000000000000000',
    'a,,3,',
    'a,,10,-0',
    '',
  ].join('\n');
  assert.equal(await answer({ accept: 'text/csv' }, ...specs), expected);
  assert.equal(await answer({ accept: 'text/csv', chunkSize: 2 }, ...specs), expected);
  assert.match(await answer({ accept: 'application/csv', epoch: 's' }, { series: [FOUR] }), /^a,,0,3$/m);
});

test('msgpack: the bytes that InfluxDB sends', async () => {
  const bytes = await answerBytes(
    { accept: 'application/x-msgpack' },
    { series: [series('a', ['time', 'v'], [[1n, 3.5]])] },
    { series: [series('c', ['time', 'b', 'i', 's'], [[2n, true, 9007199254740993n, 'comma,x']])] },
    { series: [series('c', ['time', 's'], [[1n, 'p']], [['u', '']])] },
    { error: 'database not found: nope' },
  );
  const expected = [
    '81 a7 726573756c7473 94',
    '82 ac 73746174656d656e745f6964 00 a6 736572696573 91',
    '83 a4 6e616d65 a1 61 a7 636f6c756d6e73 92 a4 74696d65 a1 76 a6 76616c756573 91',
    '92 c70c05 0000000000000000 00000001 cb 400c000000000000',
    '82 ac 73746174656d656e745f6964 01 a6 736572696573 91',
    '83 a4 6e616d65 a1 63 a7 636f6c756d6e73 94 a4 74696d65 a1 62 a1 69 a1 73 a6 76616c756573 91',
    '94 c70c05 0000000000000000 00000002 c3 d3 0020000000000001 a7 636f6d6d612c78',
    '82 ac 73746174656d656e745f6964 02 a6 736572696573 91',
    '84 a4 6e616d65 a1 63 a4 74616773 81 a1 75 a0 a7 636f6c756d6e73 92 a4 74696d65 a1 73 a6 76616c756573 91',
    '92 c70c05 0000000000000000 00000001 a1 70',
    '81 a5 6572726f72 b8 6461746162617365206e6f7420666f756e643a206e6f7065',
  ].join('');
  assert.equal(bytes.toString('hex'), expected.replaceAll(' ', ''));
});

test('msgpack: an answer that cannot be gathered is refused', async () => {
  const target = new PassThrough();
  const sink = new ByteSink(() => target);
  const { MsgpackAnswer } = await import('./msgpack-answer.ts');
  const encoder = new MsgpackAnswer(sink, null, 100);
  const rows = Array.from({ length: 100 }, (_, row) => [BigInt(row), row]);
  const options = { chunkSize: null, maxRows: 0, signal: new AbortController().signal, onBug: failOnBug };
  await runAnswer(results({ series: [series('a', ['time', 'v'], rows)] }), encoder, sink, options);
  assert.match(sink.takeWhole()?.toString() ?? '', /answer over 100 bytes/);
});

test('the Accept header chooses the format', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/html', 'application/json'],
    ['text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
    ['application/csv', 'application/csv'],
    ['application/x-msgpack', 'application/x-msgpack'],
    ['application/json;q=0.5, text/csv', 'text/csv'],
    ['text/html, application/csv;q=0.1, */*;q=0', 'application/csv'],
  ];
  for (const [accept, expected] of cases) assert.equal(chooseFormat(accept).contentType, expected);
});

test('a slow reader holds the answer back', async () => {
  const target = new PassThrough({ highWaterMark: 1 });
  const sink = new ByteSink(() => target);
  const rows = Array.from({ length: 50_000 }, (_, row) => [BigInt(row), row]);
  const encoder = chooseFormat('').encoder(sink, 1, false);
  let done = false;
  const options = { chunkSize: null, maxRows: 0, signal: new AbortController().signal, onBug: failOnBug };
  const all = runAnswer(
    results({ series: [series('a', ['time', 'v'], rows)], batchRows: 5000 }),
    encoder,
    sink,
    options,
  );
  void all.then(() => (done = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(done, false);
  assert.ok(target.writableLength + target.readableLength <= 2 * 65_536, 'no more than two pieces wait');
  target.resume();
  await all;
  assert.equal(done, true);
});

test('the signal ends the wait for a reader', async () => {
  const target = new PassThrough({ highWaterMark: 1 });
  const sink = new ByteSink(() => target);
  const controller = new AbortController();
  const rows = Array.from({ length: 50_000 }, (_, row) => [BigInt(row), row]);
  const options = { chunkSize: null, maxRows: 0, signal: controller.signal, onBug: failOnBug };
  const encoder = chooseFormat('').encoder(sink, 1, false);
  const all = runAnswer(results({ series: [series('a', ['time', 'v'], rows)] }), encoder, sink, options);
  setTimeout(() => controller.abort(new WeirError('timeout', 'query-timeout limit exceeded')), 10);
  assert.equal((await all).failures, 1);
});
