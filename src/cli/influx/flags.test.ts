import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ShellFlags, parseFlags } from './flags.ts';

test('flags have one dash or two, and a value behind a space or =', () => {
  const cases: readonly (readonly [args: readonly string[], flags: Partial<ShellFlags>])[] = [
    [
      [],
      { host: 'localhost', port: 8086, format: 'column', precision: 'ns', consistency: 'all', execute: '', rest: [] },
    ],
    [['-host', 'h', '--port=1'], { host: 'h', port: 1 }],
    [['-execute=a = b'], { execute: 'a = b' }],
    [['-pretty', '-ssl=false', '--unsafeSsl=T'], { pretty: true, ssl: false, unsafeSsl: true }],
    [['-path-prefix', 'x/y'], { pathPrefix: 'x/y' }],
    [['-password', ''], { password: '', askPassword: true }],
    [['-password='], { password: '', askPassword: true }],
    [['-password', 'p'], { password: 'p', askPassword: false }],
    [['-execute', '-host'], { execute: '-host', host: 'localhost' }],
    [['-import', '-path', 'f', '-pps', '10', '-compressed'], { import: true, path: 'f', pps: 10, compressed: true }],
    [['-ssl', 'false', '-port', '1'], { ssl: true, port: 8086, rest: ['false', '-port', '1'] }],
    [['--', '-ssl'], { ssl: false, rest: ['-ssl'] }],
    [['-'], { rest: ['-'] }],
    [['-h'], { help: true }],
    [['-type', 'flux'], { type: 'flux' }],
  ];
  for (const [args, flags] of cases) {
    const found = parseFlags(args);
    for (const [name, value] of Object.entries(flags)) {
      assert.deepEqual(found[name as keyof ShellFlags], value, `${args.join(' ')}: ${name}`);
    }
  }
});

test('wrong flags are refused in the words of Go', () => {
  const cases: readonly (readonly [args: readonly string[], message: string])[] = [
    [['-foo'], 'flag provided but not defined: -foo'],
    [['-port', 'x'], 'invalid value "x" for flag -port: parse error'],
    [['-port'], 'flag needs an argument: -port'],
    [['-pretty=maybe'], 'invalid boolean value "maybe" for -pretty: parse error'],
    [['---x'], 'bad flag syntax: ---x'],
    [['-=x'], 'bad flag syntax: -=x'],
    [['-type', 'sql'], 'invalid value "sql" for flag -type: "sql" not supported: specify influxql or flux'],
  ];
  for (const [args, message] of cases) assert.throws(() => parseFlags(args), { message }, args.join(' '));
});
