// Every rule of line protocol, one case a line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParseOptions, type ParseResult, parseLineProtocol } from './parser.ts';
import { SeriesTable } from '../model/index.ts';
import { batchRows } from './test-support/rows.ts';
import type { Precision } from './timestamp.ts';

function parse(body: string | Uint8Array, options: Partial<ParseOptions> = {}): ParseResult & { rows: string[] } {
  const series = options.series ?? new SeriesTable();
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const result = parseLineProtocol(bytes, { series, precision: 'ns', defaultTimeNs: 77n, unsigned: true, ...options });
  return { ...result, rows: batchRows(result.batch, series) };
}

/** The rows of a good body, also where its lines are known already. */
function good(body: string, ...expected: string[]): void {
  test(`good: ${JSON.stringify(body)}`, () => {
    const series = new SeriesTable();
    for (let round = 0; round < 2; round++) {
      const { rows, errors, dropped } = parse(body, { series });
      assert.deepEqual({ rows, errors, dropped }, { rows: expected, errors: [], dropped: [] });
    }
    const { rows } = parse(`${body}\n${body}\n`, { series });
    assert.deepEqual(rows.sort(), [...expected, ...expected].sort());
  });
}

/** The reason why a line is refused; nothing of it stays. */
function bad(line: string, reason: string, options: Partial<ParseOptions> = {}): void {
  test(`bad: ${JSON.stringify(line)}`, () => {
    const series = new SeriesTable();
    const { batch, errors, errorCount } = parse(line, { ...options, series });
    const shown = line.trimStart();
    assert.deepEqual(errors, [{ line: 1, text: `unable to parse '${shown}': ${reason}` }]);
    assert.equal(errorCount, 1);
    assert.deepEqual(batch.tables, []);
    assert.equal(series.count, 0);
  });
}

// Fields and their types
good('cpu v=1 5', 'cpu v=float:1 5');
good('cpu v=1.5,w=-2.25 5', 'cpu v=float:1.5,w=float:-2.25 5');
good(
  'cpu a=.5,b=1.,c=-.5,d=1e3,e=1E-3,f=1e+3,g=-0 5',
  'cpu a=float:0.5,b=float:1,c=float:-0.5,d=float:1000,e=float:0.001,f=float:1000,g=float:-0 5',
);
good('cpu a=0.1234567890123456789012345 5', 'cpu a=float:0.12345678901234568 5');
good(
  'cpu a=17976931348623157081e289,b=9007199254740993 5',
  'cpu a=float:1.7976931348623157e+308,b=float:9007199254740992 5',
);
good('cpu v=1i,w=-0i,x=007i 5', 'cpu v=integer:1,w=integer:0,x=integer:7 5');
good(
  'cpu v=9223372036854775807i 5\ncpu v=-9223372036854775808i 5\ncpu v=1i 5',
  'cpu v=integer:9223372036854775807 5',
  'cpu v=integer:-9223372036854775808 5',
  'cpu v=integer:1 5',
);
good(
  'cpu v=9007199254740991i 5\ncpu v=9007199254740993i 5',
  'cpu v=integer:9007199254740991 5',
  'cpu v=integer:9007199254740993 5',
);
good('cpu v=0000000000000000000000000000001i 5', 'cpu v=integer:1 5');
good('cpu v=1u,w=18446744073709551615u 5', 'cpu v=unsigned:1,w=unsigned:18446744073709551615 5');
good(
  'cpu a=t,b=T,c=true,d=True,e=TRUE 5',
  'cpu a=boolean:true,b=boolean:true,c=boolean:true,d=boolean:true,e=boolean:true 5',
);
good(
  'cpu a=f,b=F,c=false,d=False,e=FALSE 5',
  'cpu a=boolean:false,b=boolean:false,c=boolean:false,d=boolean:false,e=boolean:false 5',
);
good('cpu v="" 5', 'cpu v=string:"" 5');
good('cpu v="a b,c=d" 5', 'cpu v=string:"a b,c=d" 5');
good('cpu v="\\"q\\" \\\\ C:\\dir \\n" 5', `cpu v=string:${JSON.stringify('"q" \\ C:\\dir \\n')} 5`);
good('cpu v="x\\\\" 5', 'cpu v=string:"x\\\\" 5');
good('cpu v="two\nlines",w=1 5', 'cpu v=string:"two\\nlines",w=float:1 5');
good('cpu v="two\r\nlines" 5\r\n', 'cpu v=string:"two\\r\\nlines" 5');
good('cpu v="é 日本" 5', 'cpu v=string:"é 日本" 5');

// Series
good('cpu,host=a,region=b v=1 5', 'cpu,host=a,region=b v=float:1 5');
good('cpu,region=b,host=a v=1 5', 'cpu,host=a,region=b v=float:1 5');
good('cpu,b=1,a=2 v=1 5\ncpu,a=2,b=1 v=2 5', 'cpu,a=2,b=1 v=float:1 5', 'cpu,a=2,b=1 v=float:2 5');
good('c\\ p\\,u,t\\ a\\,g\\==v\\ \\,\\= f\\ \\,\\==1 5', 'c\\ p\\,u,t\\ a\\,g\\==v\\ \\,\\= f ,==float:1 5');
good('c=p"u,t"=v" f"=1 5', 'c=p"u,t"=v" f"=float:1 5');
good('c\\=p,t=a\\b f\\x=1 5', 'c\\=p,t=a\\b f\\x=float:1 5');
good('m,t=a\\\\ b\\\\,c v="x=y\nz" 5', 'm,t=a\\\\ b\\\\,c v=string:"x=y\\nz" 5');
good('m a"b=1,a\\"b=2i 5', 'm a"b=integer:2 5');
good('\\,m v=1 5', '\\,m v=float:1 5');
good('m,aZ=1,a\\ b=2 v=1 5', 'm,a\\ b=2,aZ=1 v=float:1 5');
good('m,é=1,z=2 v=1 5', 'm,z=2,é=1 v=float:1 5');
good('m\\\nn v=1 5', 'm\\\nn v=float:1 5');
good(
  `m,${Array.from({ length: 40 }, (_, tag) => `t${99 - tag}=x`).join(',')} v=1 5`,
  `m,${Array.from({ length: 40 }, (_, tag) => `t${60 + tag}=x`).join(',')} v=float:1 5`,
);

// Lines
good('');
good('\n\n \n\t\r\n');
good('# comment\n#cpu v=1\n  # a="open\ncpu v=1 5', 'cpu v=float:1 5');
good(' \t\0cpu v=1 5', 'cpu v=float:1 5');
good('cpu  \tv=1 \t 5  ', 'cpu v=float:1 5');
good('cpu v=1 5\r\ncpu v=2 6\r\n', 'cpu v=float:1 5', 'cpu v=float:2 6');
good('cpu v=1\r\ncpu v="s"\r', 'cpu v=float:1 77', 'cpu v=string:"s" 77');
good('a v=1 1\nb v=2 2\na v=3 3\n', 'a v=float:1 1', 'a v=float:3 3', 'b v=float:2 2');
good('m v=1,w=2 1\nm w=3 2\nm v=4 3', 'm v=float:1,w=float:2 1', 'm w=float:3 2', 'm v=float:4 3');

// The same field twice: the last value wins
good('m v=1,w=5,v=2 5', 'm v=float:2,w=float:5 5');
good('m v=1 5\nm v=1,v=2i 5\nm v=2i,v="s" 5', 'm v=float:1 5', 'm v=integer:2 5', 'm v=string:"s" 5');
good('m v="long",v="x" 5', 'm v=string:"x" 5');

// A field of several types: a column each
good(
  'm v=1 1\nm v=2i 2\nm v=t 3\nm v="s" 4\nm v=5u 5\nm v=6 6',
  'm v=float:1 1',
  'm v=integer:2 2',
  'm v=boolean:true 3',
  'm v=string:"s" 4',
  'm v=unsigned:5 5',
  'm v=float:6 6',
);

// Times
good('m v=1', 'm v=float:1 77');
good('m v=1 0\nm v=2 -0\nm v=3 00000000000000000000000012', 'm v=float:1 0', 'm v=float:2 0', 'm v=float:3 12');
good(
  'm v=1 1500000000000000000\nm v=2\nm v=3 1500000000000000000',
  'm v=float:1 1500000000000000000',
  'm v=float:3 1500000000000000000',
  'm v=float:2 77',
);
good('m v=1 -1500000000123456789', 'm v=float:1 -1500000000123456789');
good(
  'm v=1 9223372036854775806\nm v=2 -9223372036854775806',
  'm v=float:1 9223372036854775806',
  'm v=float:2 -9223372036854775806',
);
good('m v=1 -1\nm v=2 1', 'm v=float:1 -1', 'm v=float:2 1');

// Refused lines, in InfluxDB's words
bad(',', 'missing measurement');
bad(',t=a v=1', 'missing measurement');
bad('cpu', 'missing fields');
bad('=', 'missing fields');
bad('cpu,host=a', 'missing fields');
bad('cpu,host==', 'missing fields');
bad('cpu,', 'missing tag key');
bad('cpu,,', 'missing tag key');
bad('cpu, v=1', 'missing tag key');
bad('cpu,=a v=1', 'missing tag key');
bad('cpu,host=a\\,,=b v=1', 'missing tag key');
bad('cpu,host v=1', 'missing tag value');
bad('cpu,host', 'missing tag value');
bad('cpu,host= v=1', 'missing tag value');
bad('cpu,host=,a=b v=1', 'missing tag value');
bad('cpu,host=f=o v=1', 'invalid tag format');
bad('cpu,host=f\\==o,', 'invalid tag format');
bad('cpu,host==o v=1', 'invalid tag format');
bad('cpu,host=a,host=b v=1', 'duplicate tags');
bad('cpu,b=2,c=3,b=1 v=1', 'duplicate tags');
bad(`cpu,${'ab'.repeat(20).replace(/./g, (tag, at) => `${tag}${at}=1,`)}b1=2 v=1`, 'duplicate tags');
bad('cpu ', 'invalid field format');
bad('cpu v', 'invalid field format');
bad('cpu v=1,', 'invalid field format');
bad('cpu v=1,b', 'invalid field format');
bad('cpu v=1,,w=2', 'invalid field format');
bad('cpu v="a"b', 'invalid field format');
bad('cpu v="a""b"', 'invalid field format');
bad('cpu v="a"=1', 'invalid field format');
bad('cpu a,b="x"=1', 'invalid field format');
bad('cpu \\\\="x=" 5', 'invalid field format');
bad('cpu a\\\\=1', 'invalid value: field-key=a\\\\=1');
bad('cpu v=1,\tw=2', 'invalid field format');
bad('cpu =1', 'missing field key');
bad('cpu \t=1', 'missing field key');
bad('cpu v=1,=2', 'missing field key');
bad('cpu v=', 'missing field value');
bad('cpu v= 5', 'missing field value');
bad('cpu v=,w=1', 'missing field value');
bad('cpu v="a', 'unbalanced quotes');
bad('cpu v="a""', 'unbalanced quotes');
bad('cpu v="a\\"', 'unbalanced quotes');
for (const number of [
  '-',
  '.',
  '-.',
  '-i',
  '1.0i',
  '1ii',
  '1i2',
  '1a',
  '42+3',
  '1.2.3',
  '1ei',
  'NaN',
  'nan',
  '-1u',
  '1.5u',
  '0x10',
  '--1',
  '1_0',
]) {
  bad(`cpu v=${number}`, 'invalid number');
}
for (const number of ['1e', '-e-e-e', '1e5e5', '1e5.5', '.e1', '1e400', '-1e400', '9'.repeat(400)]) {
  bad(`cpu v=${number}`, 'invalid float');
}
bad('cpu v=1u', 'invalid number', { unsigned: false });
bad(
  'cpu v=9223372036854775808i',
  'unable to parse integer 9223372036854775808: strconv.ParseInt: parsing "9223372036854775808": value out of range',
);
bad(
  'cpu v=-9223372036854775809i',
  'unable to parse integer -9223372036854775809: strconv.ParseInt: parsing "-9223372036854775809": value out of range',
);
bad(
  'cpu v=18446744073709551616u',
  'unable to parse unsigned 18446744073709551616: strconv.ParseUint: parsing "18446744073709551616": value out of range',
);
for (const value of ['x', 'tru', 'tRUE', 'FaLSE', 'tt', 'inf', "'s'", '+1', 'e5'])
  bad(`cpu v=${value}`, 'invalid boolean');
bad('cpu v=1 now', 'bad timestamp');
bad('cpu v=1 1.5', 'bad timestamp');
bad('cpu v=1 1-2', 'bad timestamp');
bad('cpu v=1 5 6', 'point is invalid');
bad('cpu v=1 5 \t', 'point is invalid');
bad('cpu v=1 -', 'strconv.ParseInt: parsing "-": invalid syntax');
bad('cpu v=1 9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range');
bad('cpu v=1 -9223372036854775809', 'strconv.ParseInt: parsing "-9223372036854775809": value out of range');
for (const time of ['9223372036854775807', '-9223372036854775807', '-9223372036854775808']) {
  bad(`cpu v=1 ${time}`, 'time outside range -9223372036854775806 - 9223372036854775806');
}
bad('cpu v=1 9223372037', 'time outside range -9223372036854775806 - 9223372036854775806', { precision: 's' });
bad('cpu v=1 9223372036854775807', 'time outside range -9223372036854775806 - 9223372036854775806', { precision: 'h' });

function precise(precision: Precision, given: string, withoutTime: string, expected: string): void {
  test(`precision ${precision}`, () => {
    const options = { precision, defaultTimeNs: 1_500_000_000_123_456_789n };
    const { rows } = parse(`m v=1 ${given}\nm v=2\nm v=3 -${given}\n`, options);
    const parts = [`m v=float:1 ${expected}`, `m v=float:2 ${withoutTime}`, `m v=float:3 -${expected}`];
    assert.deepEqual(rows.sort(), parts.sort());
  });
}
precise('ns', '1500000000123456789', '1500000000123456789', '1500000000123456789');
precise('n', '7', '1500000000123456789', '7');
precise('us', '1500000000123456', '1500000000123456000', '1500000000123456000');
precise('u', '9223372036854775', '1500000000123456000', '9223372036854775000');
precise('µ', '1', '1500000000123456000', '1000');
precise('ms', '1500000000123', '1500000000123000000', '1500000000123000000');
precise('s', '9223372036', '1500000000000000000', '9223372036000000000');
precise('m', '25000000', '1500000000000000000', '1500000000000000000');
precise('h', '416666', '1499997600000000000', '1499997600000000000');

test('a time before 1970 is rounded down too', () => {
  assert.deepEqual(parse('m v=1', { precision: 's', defaultTimeNs: -1n }).rows, ['m v=float:1 -1000000000']);
});

test('keys that are too long', () => {
  const tag = (length: number) => `m,t=${'x'.repeat(length)}`;
  assert.match(parse(`${tag(65532)} v=1`).errors[0].text, /': max key length exceeded: 65536 > 65535$/);
  // The name of a field counts as well, and four bytes between.
  assert.match(parse(`${tag(65531)} v=1`).errors[0].text, /': max key length exceeded: 65540 > 65535$/);
  assert.equal(parse(`${tag(65526)} v=1\n${tag(65526)} v=2\n`).rowCount, 2);
  const name = 'f'.repeat(60_000);
  const { rowCount, errors } = parse(
    `${tag(5000)} ${name}=1 5\nm ${name}=1 5\n${tag(5526)} ${name}=1 5\n${tag(5528)} ${name}=1 5\n`,
  );
  assert.equal(rowCount, 3);
  assert.match(errors[0].text, /': max key length exceeded: 65536 > 65535$/);
});

test('points that InfluxDB drops', () => {
  const series = new SeriesTable();
  const body =
    'm,time=a v=1 1\nm time=1 2\nm v=1,time=2 3\nm time=1,time="x" 4\nn\\ o,a=b,time=c v=1\nm,time=b v=1 5\n';
  const { rows, dropped, droppedCount, errorCount } = parse(body, { series });
  assert.deepEqual(rows, ['m v=float:1 3']);
  assert.deepEqual(dropped, [
    { count: 2, reason: 'invalid tag key: input tag "time" on measurement "m" is invalid' },
    { count: 2, reason: 'invalid field name: input field "time" on measurement "m" is invalid' },
    { count: 1, reason: 'invalid tag key: input tag "time" on measurement "n o" is invalid' },
  ]);
  assert.deepEqual({ droppedCount, errorCount, series: series.count }, { droppedCount: 5, errorCount: 0, series: 1 });
});

test('errors tell the line where they start, good lines stay', () => {
  const { rows, errors } = parse('# one\nm v=1 1\n\nbad\nm s="a\nb" 2\nm v=x\r\nm v=2 3');
  assert.deepEqual(rows, ['m v=float:1 1', 'm s=string:"a\\nb" 2', 'm v=float:2 3']);
  assert.deepEqual(errors, [
    { line: 4, text: "unable to parse 'bad': missing fields" },
    { line: 7, text: "unable to parse 'm v=x': invalid boolean" },
  ]);
});

test('an open quote takes the rest of the body with it', () => {
  const { rowCount, errors } = parse('m v=1 1\nm v="open\nm v=2 2\n');
  assert.equal(rowCount, 1);
  assert.equal(errors[0].text, `unable to parse 'm v="open\nm v=2 2\n': unbalanced quotes`);
});

test('kept errors are bounded, counted ones are not', () => {
  const { errors, errorCount, rowCount } = parse('x\nm v=1\n'.repeat(500), { maxErrors: 3 });
  assert.deepEqual({ kept: errors.length, errorCount, rowCount }, { kept: 3, errorCount: 500, rowCount: 500 });
  assert.equal(errors[2].line, 5);
  const { dropped, droppedCount } = parse(Array.from({ length: 50 }, (_, index) => `m${index} time=1`).join('\n'));
  assert.deepEqual({ kinds: dropped.length, droppedCount }, { kinds: 16, droppedCount: 50 });
});

test('a refused line leaves nothing behind, wherever it stops being good', () => {
  const line = 'm,t=a f=1.5,i=2i,s="str",b=t,u=3u 5';
  for (let length = 1; length < line.length; length++) {
    const series = new SeriesTable();
    const cut = `${line.slice(0, length)}!`;
    const { rows, errorCount } = parse(`${line}\n${cut}\n${line}\n`, { series });
    const whole = 'm,t=a b=boolean:true,f=float:1.5,i=integer:2,s=string:"str",u=unsigned:3 5';
    if (errorCount === 0) assert.equal(rows.length, 3, cut);
    else {
      // An open quote takes the line behind it along.
      const isOpen = cut.split('"').length % 2 === 0;
      assert.deepEqual(rows, isOpen ? [whole] : [whole, whole], cut);
      assert.equal(series.count, 1, cut);
    }
  }
});

test('bytes that are not UTF-8 refuse their line only', () => {
  const body = Buffer.concat([
    Buffer.from('m v="'),
    Buffer.from([0xff]),
    Buffer.from('" 1\nm v="é" 2\n#'),
    Buffer.from([0xc3]),
    Buffer.from('\nm v="x" 3\n'),
  ]);
  const { rows, errors } = parse(body);
  assert.deepEqual(rows, ['m v=string:"é" 2', 'm v=string:"x" 3']);
  assert.deepEqual(errors, [{ line: 1, text: `unable to parse 'm v="\ufffd" 1': invalid UTF-8` }]);
});

test('a comment stays one where a series of other origin has its name', () => {
  const series = new SeriesTable();
  const key = Buffer.from('#m');
  series.intern(key, 0, key.length);
  assert.equal(parse('m v=1\n#m v=1\n#m v=1\n', { series }).rowCount, 1);
});

test('what is known from one type does not let another pass', () => {
  const { errors, rowCount } = parse(
    'm u=5u,f=1,i=1i,b=t,s="x" 1\nm u=-5u 1\nm f=-u 1\nm i=-i 1\nm b=tru 1\nm s="x"y 1\nm f=1i2 1\n',
  );
  assert.equal(rowCount, 1);
  assert.deepEqual(
    errors.map(({ text }) => text.slice(text.lastIndexOf(': ') + 2)),
    ['invalid number', 'invalid number', 'invalid number', 'invalid boolean', 'invalid field format', 'invalid number'],
  );
});

test('what follows a known line does not pass either', () => {
  const refused = (body: string) => parse(body).errors.map(({ text }) => text.slice(text.indexOf("': ") + 3));
  assert.deepEqual(refused('m v=1 9223372036854775806\nm v=1 9223372036854775807\n'), [
    'time outside range -9223372036854775806 - 9223372036854775806',
  ]);
  assert.deepEqual(refused('m s="a" 1\nm s="b\n'), ['unbalanced quotes']);
  assert.deepEqual(refused('m q=1,a\\,b=1\nm q=1,x\n'), ['invalid field format']);
});

test('a backslash at the end of the body escapes nothing', () => {
  assert.equal(parse('foo\\\n').errors[0].text, "unable to parse 'foo\\': missing fields");
});

test('a body is read in place, wherever it stands in its buffer', () => {
  const buffer = Buffer.from('garbage m v=1 5\nm v=2 6\ngarbage');
  assert.deepEqual(parse(buffer.subarray(8, 24)).rows, ['m v=float:1 5', 'm v=float:2 6']);
});

test('parts of a body: lines end with their part and take its time', () => {
  const texts = [
    'cpu v=1',
    'cpu v=2\ncpu v="open',
    'cpu v=3 5\n# open',
    '',
    'cpu v=4 6\ncpu v=5',
    'cpu,t=" v=6\n',
    'cpu v=7\n',
  ];
  let endByte = 0;
  const parts = texts.map((text, index) => ({ endByte: (endByte += text.length), defaultTimeNs: BigInt(100 + index) }));
  const expected = [
    'cpu v=float:1 100',
    'cpu v=float:2 101',
    'cpu v=float:3 5',
    'cpu v=float:4 6',
    'cpu v=float:5 104',
    'cpu,t=" v=float:6 105',
    'cpu v=float:7 106',
  ];
  const series = new SeriesTable();
  for (let round = 0; round < 2; round++) {
    const { rows, errors } = parse(texts.join(''), { parts, series });
    assert.deepEqual(rows.toSorted(), expected.toSorted());
    assert.deepEqual(
      errors.map(({ text }) => text),
      [`unable to parse 'cpu v="open': unbalanced quotes`],
    );
  }
});
