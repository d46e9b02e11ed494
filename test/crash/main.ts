// npm run crash -- --rounds N [--seed S]: kills Weir until convinced. Exits 1 when anything was lost, doubled or invented.
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
console.log(`seed ${seed}`);
const startedAt = performance.now();
const result = await runCampaign(Number(values.rounds), seed, (line) => console.log(line));
for (const slip of result.slips) console.log(`WRONG: ${slip}`);
const seconds = Math.round((performance.now() - startedAt) / 1000);
console.log(
  `${result.rounds} rounds in ${seconds} s: ${result.acknowledged} requests acknowledged, ${result.refused} refused by injected faults, ` +
    `${result.points} points at the end, ${result.slips.length} wrong`,
);
process.exitCode = result.slips.length === 0 ? 0 : 1;
