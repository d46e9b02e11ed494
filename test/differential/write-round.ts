// One round of writes: the same bodies to both servers, whose answers must be equal, and then what they stored.
import { seededRandom } from '../../src/exec/test-support/random.ts';
import { sameAnswer } from './compare.ts';
import { type Write, randomWrite } from './random-write.ts';
import { writeRuleFor } from './write-rules.ts';
import type { Answer, Servers } from './servers.ts';

export interface WriteRoundResult {
  readonly asked: number;
  readonly explained: ReadonlyMap<string, number>;
  readonly disagreements: readonly string[];
}

const DATABASE = 'w';
const SHOWN = 'SELECT *::field FROM /./ GROUP BY *';

export async function runWriteRound(servers: Servers, seed: number, count: number): Promise<WriteRoundResult> {
  const random = seededRandom(seed);
  const explained = new Map<string, number>();
  const disagreements: string[] = [];
  for (let asked = 0; asked < count; asked++) {
    const write = randomWrite(random);
    await Promise.all([reset(servers.influxdb), reset(servers.weir)]);
    const [influxdb, weir] = await Promise.all([perform(servers.influxdb, write), perform(servers.weir, write)]);
    if (sameAnswer(influxdb, weir)) continue;
    const rule = writeRuleFor({ write, influxdb, weir });
    if (rule === undefined) disagreements.push(describe(seed, write, influxdb, weir));
    else explained.set(rule.name, (explained.get(rule.name) ?? 0) + 1);
  }
  return { asked: count, explained, disagreements };
}

async function reset(server: Servers['weir']): Promise<void> {
  await server.query('', `DROP DATABASE ${DATABASE}`);
  await server.query('', `CREATE DATABASE ${DATABASE}`);
}

/** The answer to the write, and on the next line what is stored. */
async function perform(server: Servers['weir'], { query, lines }: Write): Promise<Answer> {
  const { status, body } = await server.write(DATABASE, query, lines);
  const stored = await server.query(DATABASE, SHOWN);
  // Lines without a time have the server's.
  return { status, body: `${body.trim() || '{}'}\n${stored.body.trim().replace(/\b1[78]\d{17}\b/g, 'null')}` };
}

function describe(seed: number, write: Write, influxdb: Answer, weir: Answer): string {
  return [
    `# seed ${seed}`,
    `write ${DATABASE} ${write.query} ${JSON.stringify(write.lines)}`,
    `  influxdb ${influxdb.status} ${influxdb.body}`,
    `  weir     ${weir.status} ${weir.body}`,
  ].join('\n');
}
