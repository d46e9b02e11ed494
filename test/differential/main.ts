// npm run differential -- [--rounds N] [--seed S] [--queries N] [--writes N] [--influxd PROGRAM] [--no-shrink]
//
// Asks InfluxDB and Weir the same random questions about the same random data. Prints each disagreement as a script that
// reproduces it; exits 1 when there are any.
import { parseArgs } from 'node:util';
import { runRound } from './round.ts';
import { runWriteRound } from './write-round.ts';
import { WRITE_RULES } from './write-rules.ts';
import { RULES } from './rules.ts';
import { influxdVersion, startServers } from './servers.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    queries: { type: 'string', default: '60' },
    writes: { type: 'string', default: '20' },
    seed: { type: 'string' },
    influxd: { type: 'string', default: 'influxd' },
    'no-shrink': { type: 'boolean', default: false },
    max: { type: 'string', default: '20' },
  },
});
const version = influxdVersion(values.influxd);
if (version === undefined) throw new Error(`${values.influxd} cannot be run: apt-get install influxdb`);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
console.log(`influxd ${version}, seed ${seed}`);
let servers = await startServers(values.influxd);
const explained = new Map<string, number>();
let asked = 0;
let rows = 0;
let written = 0;
let disagreements = 0;
let fatal = 0;
try {
  for (let round = 0; round < Number(values.rounds) && disagreements < Number(values.max); round++) {
    const options = { seed: seed + round, queries: Number(values.queries), version, shrinks: !values['no-shrink'] };
    const result = await runRound(servers, options);
    asked += result.asked;
    rows += result.rows;
    disagreements += result.disagreements.length;
    for (const [name, count] of result.explained) explained.set(name, (explained.get(name) ?? 0) + count);
    for (const script of result.disagreements) console.log(`\n${script}`);
    if (result.fatal === undefined) {
      const writes = await runWriteRound(servers, options.seed, Number(values.writes));
      written += writes.asked;
      disagreements += writes.disagreements.length;
      for (const [name, count] of writes.explained) explained.set(name, (explained.get(name) ?? 0) + count);
      for (const script of writes.disagreements) console.log(`\n${script}`);
      continue;
    }
    console.log(`\n# seed ${options.seed}: a server ended\n${result.fatal}`);
    fatal++;
    await servers.close();
    servers = await startServers(values.influxd);
  }
} finally {
  await servers.close();
}
for (const { name, row } of [...RULES, ...WRITE_RULES])
  console.log(`rule ${name} (${row}): ${explained.get(name) ?? 'unused'}`);
console.log(
  `${asked} queries, ${rows} with rows, ${written} writes, ${disagreements} disagreements, ${fatal} ends of a server`,
);
process.exitCode = disagreements === 0 ? 0 : 1;
