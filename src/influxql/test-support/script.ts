// Test support: query behaviour as plain text. A script is blocks with empty lines between them; `#` begins a comment line.
//
//     load db0.rp0                       points, in ns, into a database and policy (the default one without `.rp0`)
//     cpu,host=a value=1 10
//
//     query db0 SHOW SERIES              a query with the request's database (`-` = none) and what it answers,
//     [] key                             written as in `print-result.ts`
//     cpu,host=a
//
//     get db0 DROP SERIES FROM cpu       the same, read-only
//
//     flush                              what was loaded so far goes into blocks
//
//     settle                             ladders have done what is due
import assert from 'node:assert/strict';
import { executeQuery } from '../execute.ts';
import { parseQuery } from '../language/parser.ts';
import { openTestNode, type TestNode } from './node.ts';
import { printResults } from './print-result.ts';

interface Block {
  /** Where the block begins in the script, from 1. */
  readonly line: number;
  readonly head: string;
  readonly body: readonly string[];
}

/** Runs a script on a new node. Fails at the first block whose answer is another; `name` is that of the script. */
export async function runScript(name: string, script: string): Promise<void> {
  const node = await openTestNode();
  try {
    for (const block of parseBlocks(script)) await runBlock(block, `${name}:${block.line}`, node);
  } finally {
    await node.close();
  }
}

async function runBlock({ head, body }: Block, place: string, node: TestNode): Promise<void> {
  const [word, target = ''] = head.split(' ', 2);
  const [database, policy] = target.split('.');
  switch (word) {
    case 'load':
      return node.load(database, policy, body.join('\n'));
    case 'flush':
      return node.view.flush();
    case 'settle':
      return node.ladders.settle();
    case 'query':
    case 'get': {
      const text = head.slice(word.length + target.length + 2);
      const context = node.context({ database: target === '-' ? undefined : target, readOnly: word === 'get' });
      const answer = await printResults(executeQuery(parseQuery(text), context));
      assert.equal(answer, body.join('\n'), `${place} ${text}`);
      return;
    }
    default:
      throw new Error(`${place}: no block begins with "${word}"`);
  }
}

function parseBlocks(script: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: string[] | undefined;
  for (const [index, text] of script.split('\n').entries()) {
    if (text.startsWith('#')) continue;
    if (text.trim() === '') open = undefined;
    else if (open !== undefined) open.push(text);
    else {
      open = [];
      blocks.push({ line: index + 1, head: text, body: open });
    }
  }
  return blocks;
}
