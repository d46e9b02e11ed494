// Keeps the source tree as DESIGN.md says: rooms with one door each, arrows that point downwards, no cycles, no dead files,
// one file for each external package, and a few rules of style that no other tool here checks.
//
// `tidy(root)` reads a tree and returns its faults as sentences. The last tests show on small trees that each rule can fail.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { test } from 'node:test';

/** Room -> the rooms that it may import. `base` is open to all. Tests may import any room, through its door. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: [],
  'line-protocol': ['model'],
  log: ['model', 'line-protocol'],
  store: [],
  view: ['model', 'log', 'store'],
  exec: ['model', 'view'],
  ladder: ['model', 'store', 'view', 'exec'],
  catalog: ['model', 'store'],
  influxql: ['model', 'view', 'exec', 'ladder', 'catalog'],
  flux: ['model', 'view', 'exec', 'ladder', 'catalog'],
  sql: ['model', 'view', 'exec', 'catalog'],
  schedule: ['model', 'store', 'view', 'exec', 'ladder', 'catalog', 'influxql', 'flux'],
  stream: ['model', 'line-protocol', 'log', 'view', 'catalog'],
  backup: ['model', 'line-protocol', 'log', 'store', 'view', 'catalog'],
  ingest: ['model', 'line-protocol'],
  migrate: ['model', 'line-protocol', 'catalog', 'view', 'ladder', 'ingest'],
  http: [
    'model',
    'line-protocol',
    'log',
    'store',
    'view',
    'exec',
    'ladder',
    'catalog',
    'influxql',
    'flux',
    'sql',
    'schedule',
    'stream',
    'backup',
    'ingest',
  ],
  cli: [
    'model',
    'line-protocol',
    'log',
    'store',
    'view',
    'exec',
    'ladder',
    'catalog',
    'influxql',
    'flux',
    'sql',
    'schedule',
    'stream',
    'backup',
    'ingest',
    'migrate',
    'http',
  ],
};

/** Files that are started, not imported. */
const ENTRY_POINTS: readonly string[] = ['cli/main.ts', 'cli/influx/main.ts'];
const MAX_LINE_LENGTH = 140;

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

interface Source {
  /** Relative to the root, with slashes: `view/memtable.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the insides of strings blanked out. */
  readonly code: string;
  /** Paths within the tree. */
  readonly files: readonly (Import & { readonly path: string })[];
  readonly packages: readonly string[];
  /** Other `.ts` files that are named in strings: workers and child processes. */
  readonly mentions: readonly string[];
}

const roomOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');
const isTest = (path: string): boolean => path.endsWith('.test.ts');
/** Files that only tests use. */
const isTestSupport = (path: string): boolean => /\/test-support\//.test(path);
const isForTests = (path: string): boolean => isTest(path) || isTestSupport(path);

async function tidy(root: string): Promise<readonly string[]> {
  const sources = await readSources(root);
  return [
    ...doors(sources),
    ...arrows(sources),
    ...cycles(sources),
    ...deadFiles(sources),
    ...packages(sources),
    ...sources.flatMap(style),
  ];
}

async function readSources(root: string): Promise<readonly Source[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted();
  return Promise.all(paths.map(async (path) => toSource(path, await readFile(join(root, path), 'utf8'))));
}

function toSource(path: string, text: string): Source {
  const code = blankOut(text);
  const imports = readImports(text, code);
  const isFile = ({ from }: Import): boolean => from.startsWith('.');
  const external = imports.filter((each) => !isFile(each) && !each.from.startsWith('node:'));
  const mentions = [...text.matchAll(/['"`]((?:\.{1,2}\/)?[\w./-]+\.ts)['"`]/g)].map((match) => match[1]);
  const workers = [...text.matchAll(/workerModule\(\s*import\.meta\.url,\s*'([^']+)'/g)].map(
    (match) => `./${match[1]}.ts`,
  );
  return {
    path,
    text,
    code,
    files: imports.filter(isFile).map((each) => ({ ...each, path: join(dirname(path), each.from) })),
    packages: external.map(({ from }) => from.split('/', from.startsWith('@') ? 2 : 1).join('/')),
    mentions: [...mentions, ...workers].map((name) => join(dirname(path), name)),
  };
}

/** Static and dynamic imports and re-exports. `code` tells where, `text` what. */
function readImports(text: string, code: string): readonly Import[] {
  const imports: Import[] = [];
  const statement = /\b(import|export)\b(\s+type\b)?([^;'"`]*?\bfrom\b)?\s*(\()?\s*(['"])/g;
  for (let match = statement.exec(code); match !== null; match = statement.exec(code)) {
    const [, keyword, typeWord, from, paren, quote] = match;
    if (keyword === 'export' && from === undefined) continue;
    const start = match.index + match[0].length;
    const names =
      /\{([^}]*)\}/
        .exec(from ?? '')?.[1]
        .split(',')
        .map((name) => name.trim()) ?? [];
    const onlyTypes = names.length > 0 && names.every((name) => name === '' || name.startsWith('type '));
    const typeOnly = paren === undefined && (typeWord !== undefined || onlyTypes);
    imports.push({ from: text.slice(start, text.indexOf(quote, start)), typeOnly });
  }
  return imports;
}

/** Blanks comments, strings, templates and regular expressions, keeping quotes and length. */
function blankOut(text: string): string {
  const comment = /\/\/.*|\/\*[\s\S]*?\*\//;
  const quoted = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/;
  // A slash begins a regular expression where a value is expected.
  const regex =
    /(?<=[=(,:[!&|?{};+\-*%<>~^\n]\s*|\b(?:return|case|of|in)\s+)\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/;
  const token = new RegExp([comment, quoted, regex].map(({ source }) => source).join('|'), 'g');
  return text.replace(token, (found) => {
    const blank = found.replace(/[^\n]/g, ' ');
    return /^['"`]/.test(found) ? found[0] + blank.slice(2) + found[0] : blank;
  });
}

function doors(sources: readonly Source[]): readonly string[] {
  const rooms = new Set(sources.map(({ path }) => roomOf(path)).filter((room) => room !== ''));
  const paths = new Set(sources.map(({ path }) => path));
  return [...rooms].flatMap((room) => {
    const faults: string[] = [];
    if (!(room in ARROWS)) faults.push(`${room}/ is no room: rooms and their arrows stand in tidy.test.ts`);
    if (room !== 'cli' && !paths.has(`${room}/index.ts`)) faults.push(`${room}/ has no door: index.ts is missing`);
    return faults;
  });
}

function arrows(sources: readonly Source[]): readonly string[] {
  const faults: string[] = [];
  for (const { path, files } of sources) {
    const room = roomOf(path);
    for (const target of files) {
      const other = roomOf(target.path);
      if (target.path.startsWith('..')) faults.push(`${path} imports ${target.path}, which is outside the tree`);
      else if (room === other || room === '') continue;
      else if (target.path !== `${other}/index.ts`) {
        faults.push(`${path} imports ${target.path}: another room is entered by its door, ${other}/index.ts`);
      } else if (other !== 'base' && !isForTests(path) && !(ARROWS[room] ?? []).includes(other)) {
        faults.push(`${path} imports room ${other}, which ${room} may not use`);
      }
    }
  }
  return faults;
}

/** Imports of types alone leave no trace at run time and may go in circles within a room. */
function cycles(sources: readonly Source[]): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const faults: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path))
      faults.push(`a cycle of imports: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
    if (done.has(path) || trail.includes(path)) return;
    for (const file of byPath.get(path)?.files ?? []) if (!file.typeOnly) visit(file.path, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return faults;
}

function deadFiles(sources: readonly Source[]): readonly string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reach = (roots: readonly Source[]): ReadonlySet<string> => {
    const reached = new Set<string>();
    const visit = (source: Source | undefined): void => {
      if (source === undefined || reached.has(source.path)) return;
      reached.add(source.path);
      for (const { path } of source.files) visit(byPath.get(path));
      for (const path of source.mentions)
        visit(byPath.get(path) ?? byPath.get(join(dirname(path), 'test-support', basename(path))));
    };
    for (const root of roots) visit(root);
    return reached;
  };
  const isRoot = ({ path }: Source): boolean => /^[^/]+\/index\.ts$/.test(path) || ENTRY_POINTS.includes(path);
  const live = reach(sources.filter(isRoot));
  const tested = reach(sources.filter(({ path }) => isTest(path)));
  return sources
    .filter(({ path }) => !isTest(path) && !live.has(path) && !(isTestSupport(path) && tested.has(path)))
    .map(
      ({ path }) =>
        `${path} is dead: neither a door nor an entry point${isTestSupport(path) ? ' nor a test' : ''} leads to it`,
    );
}

function packages(sources: readonly Source[]): readonly string[] {
  const users = new Map<string, string[]>();
  for (const source of sources) {
    if (isForTests(source.path)) continue;
    for (const name of new Set(source.packages)) users.set(name, [...(users.get(name) ?? []), source.path]);
  }
  return [...users]
    .filter(([, paths]) => paths.length > 1)
    .map(([name, paths]) => `package ${name} sits behind one file of ours, but is imported by ${paths.join(', ')}`);
}

/** What must not stand in code, with the reason. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/(?:[:<|&]|\bas)\s*\bany\b(?!\s*[:(.?&|])|\bany\[\]/, 'uses `any`'],
  [/^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s/m, 'has an enum: type stripping cannot run it'],
  [
    /^\s*(?:export\s+)?(?:declare\s+)?(?:namespace|module)\s+[\w.]+\s*\{/m,
    'has a namespace: type stripping cannot run it',
  ],
  [
    /\bconstructor\s*\((?:[^)]*,)?\s*(?:(?:private|protected|public|readonly)\s+)+\w+\??\s*:/,
    'has parameter properties: type stripping cannot run them',
  ],
  [/^\s*export\s+default\b/m, 'has a default export: exports are named'],
];

function style({ path, text, code }: Source): readonly string[] {
  const faults: string[] = [];
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.ts$/.test(basename(path)))
    faults.push(`${path} is not named in kebab-case`);
  if (!isTest(path) && !/^(?:#!.*\n)?\/\/ \S/.test(text))
    faults.push(`${path} does not open with a comment that says what it is for`);
  for (const [index, line] of text.split('\n').entries()) {
    if (line.length > MAX_LINE_LENGTH)
      faults.push(`${path}:${index + 1} has ${line.length} characters, ${MAX_LINE_LENGTH} are allowed`);
  }
  for (const [pattern, fault] of BANNED) {
    const match = pattern.exec(code);
    if (match !== null)
      faults.push(`${path}:${code.slice(0, match.index + match[0].length).split('\n').length} ${fault}`);
  }
  return faults;
}

test('the source tree is tidy', async () => {
  const faults = await tidy(import.meta.dirname);
  assert.equal(faults.length, 0, `\n${faults.join('\n')}\n`);
});

/** A tree of files without faults, with `changes` laid over it. */
async function faultsOf(changes: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const root = await mkdtemp(join(tmpdir(), 'weir-tidy-'));
  const tree: Readonly<Record<string, string>> = {
    'base/index.ts': "// base.\nexport { a } from './a.ts';\n",
    'base/a.ts': "// A thing, or /* two */.\nexport const a: string = 'any';\nexport const r = /['\"`]/.test(a);\n",
    'view/index.ts': "// view.\nexport type { V } from './v.ts';\nexport { w } from './w.ts';\n",
    'view/v.ts': "// V.\nimport type { w } from './w.ts';\nexport type V = typeof w;\n",
    'view/w.ts':
      "// W.\nimport { a } from '../base/index.ts';\nimport { type V } from './v.ts';\nimport x from 'x/y';\n" +
      'export const w = (v: V) => [a, v, x];\n',
    'view/w.test.ts': "import { h } from './test-support/h.ts';\nimport x from 'x';\nh(x);\n",
    'view/test-support/h.ts': '// Helps.\nexport const h = (x: unknown) => x;\n',
    'cli/main.ts': "#!/usr/bin/env node\n// Starts.\nimport { w } from '../view/index.ts';\nw();\n",
    ...changes,
  };
  try {
    for (const [path, text] of Object.entries(tree)) {
      await mkdir(join(root, dirname(path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return await tidy(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

test('a tree without faults has none', async () => {
  assert.deepEqual(await faultsOf({}), []);
});

test('every rule can fail', async () => {
  const cases: readonly (readonly [fault: string, changes: Readonly<Record<string, string>>])[] = [
    [
      'base/b.ts imports room view, which base may not use',
      {
        'base/b.ts': "// B.\nimport { w } from '../view/index.ts';\nw();\n",
        'base/index.ts': "// x\nexport * from './b.ts';\nexport * from './a.ts';\n",
      },
    ],
    [
      'cli/main.ts imports view/w.ts: another room is entered by its door, view/index.ts',
      { 'cli/main.ts': "// M.\nimport { w } from '../view/w.ts';\nw();\n" },
    ],
    [
      'view/w.test.ts imports base/a.ts: another room is entered by its door, base/index.ts',
      { 'view/w.test.ts': "import { a } from '../base/a.ts';\nimport './test-support/h.ts';\na();\n" },
    ],
    [
      'cli/main.ts imports ../test/t.ts, which is outside the tree',
      { 'cli/main.ts': "// M.\nawait import('../../test/t.ts');\nimport '../view/index.ts';\n" },
    ],
    [
      'a cycle of imports: view/c.ts -> view/d.ts -> view/c.ts',
      {
        'view/c.ts': "// C.\nimport './d.ts';\n",
        'view/d.ts': "// D.\nimport { type V, c } from './c.ts';\nc;\n",
        'view/index.ts': "// v\nexport * from './c.ts';\nexport * from './v.ts';\n",
      },
    ],
    ['base/lost.ts is dead: neither a door nor an entry point leads to it', { 'base/lost.ts': '// Lost.\n' }],
    [
      'base/tested.ts is dead: neither a door nor an entry point leads to it',
      {
        'base/tested.ts': '// T.\nexport const t = 1;\n',
        'base/tested.test.ts': "import { t } from './tested.ts';\nt;\n",
      },
    ],
    [
      'view/test-support/lost.ts is dead: neither a door nor an entry point nor a test leads to it',
      { 'view/test-support/lost.ts': '// L.\n' },
    ],
    [
      'package x sits behind one file of ours, but is imported by view/v.ts, view/w.ts',
      { 'view/v.ts': "// V.\nimport * as x from 'x';\nexport type V = typeof x;\n" },
    ],
    ['attic/ is no room: rooms and their arrows stand in tidy.test.ts', { 'attic/index.ts': '// Old.\n' }],
    ['log/ has no door: index.ts is missing', { 'log/l.ts': '// L.\n' }],
    ['base/a.ts does not open with a comment that says what it is for', { 'base/a.ts': 'export const a = 1;\n' }],
    [
      'base/a.ts:2 has 141 characters, 140 are allowed',
      { 'base/a.ts': `// A.\n//${'x'.repeat(139)}\nexport const a = 1;\n` },
    ],
    ['base/a.ts:2 uses `any`', { 'base/a.ts': '// A: any.\nexport const a: any = 1;\n' }],
    [
      'base/a.ts:3 has an enum: type stripping cannot run it',
      { 'base/a.ts': '// A.\nexport const a = 1;\nexport const enum E { x }\n' },
    ],
    ['base/a.ts:2 has a namespace: type stripping cannot run it', { 'base/a.ts': '// A.\nexport namespace a.b {}\n' }],
    [
      'base/a.ts:3 has parameter properties: type stripping cannot run them',
      { 'base/a.ts': '// A.\nexport class a {\n  constructor(x: number, private readonly y: number) {}\n}\n' },
    ],
    [
      'base/a.ts:2 has a default export: exports are named',
      { 'base/a.ts': '// A.\nexport default 1;\nexport const a = 1;\n' },
    ],
    [
      'base/Bad_name.ts is not named in kebab-case',
      {
        'base/Bad_name.ts': '// B.\n',
        'base/index.ts': "// b\nexport * from './Bad_name.ts';\nexport * from './a.ts';\n",
      },
    ],
  ];
  for (const [fault, changes] of cases) {
    const faults = await faultsOf(changes);
    assert.ok(faults.includes(fault), `expected "${fault}" among\n${faults.join('\n')}`);
  }
});

test('workers and child processes are reached by their names', async () => {
  const faults = await faultsOf({
    'view/w.ts':
      "// W.\nnew URL('./worker.ts', import.meta.url);\nworkerModule(import.meta.url, 'other-worker');\nexport const w = 1;\n",
    'view/worker.ts': '// Works.\n',
    'view/other-worker.ts': '// Works.\n',
  });
  assert.deepEqual(faults, []);
});
