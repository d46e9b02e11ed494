// Stores and record logs for tests of the record log.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { openDirectoryStore } from '../directory-store.ts';
import type { ObjectStore } from '../object-store.ts';
import { keys } from './store-contract.ts';
import { type Balances, add, openSumLog } from './sum-log.ts';
import { tempDir } from './temp-dir.ts';

export async function withStore(t: TestContext): Promise<{ dir: string; store: ObjectStore }> {
  const dir = await tempDir(t);
  const store = await openDirectoryStore({ dir });
  t.after(() => store.close());
  return { dir, store };
}

export const deposit = (amount: number, account = 'a') => ({ account, amount: BigInt(amount) });
export const balance = (state: Balances, account = 'a') => Number(state.get(account) ?? 0n);
export const nameOf = (number: number) => `${String(number).padStart(16, '0')}.json`;

/** A log with `count` deposits of 1, checkpointed after the given numbers. */
export async function filledLog(store: ObjectStore, count: number, ...checkpoints: number[]) {
  const log = openSumLog(store);
  await log.load();
  const state = new Map<string, bigint>();
  for (let number = 1; number <= count; number++) {
    assert.equal(await log.append(deposit(1)), number);
    add(state, deposit(1));
    if (checkpoints.includes(number)) await log.checkpoint(state);
  }
  return log;
}

export async function numbers(store: ObjectStore, what: 'record' | 'checkpoint'): Promise<number[]> {
  return (await keys(store, `sum/${what}/`)).map((key) => Number(key.slice(-21, -5)));
}
