// A small record log for tests: records add numbers to an account, the state is the balance of each.
import { WeirError } from '../../base/index.ts';
import type { ObjectStore } from '../object-store.ts';
import { type LoadedRecords, type RecordLog, type RecordLogCodec, openRecordLog } from '../record-log.ts';

export interface Deposit {
  readonly account: string;
  readonly amount: bigint;
}

export type Balances = ReadonlyMap<string, bigint>;

const codec: RecordLogCodec<Deposit, Balances> = {
  record: {
    encode: ({ account, amount }) => ({ account, amount: String(amount) }),
    decode(json) {
      const { account, amount } = json as Record<string, unknown>;
      if (typeof account !== 'string') throw new WeirError('invalid', 'a deposit has no account');
      return { account, amount: BigInt(amount as string) };
    },
  },
  state: {
    encode: (balances) => [...balances].map(([account, balance]) => [account, String(balance)]),
    decode: (json) => new Map((json as [string, string][]).map(([account, balance]) => [account, BigInt(balance)])),
  },
};

export function openSumLog(store: ObjectStore, prefix = 'sum'): RecordLog<Deposit, Balances> {
  return openRecordLog(store, prefix, codec);
}

/** The state after what was loaded; `before` is the one to go on from. */
export function fold(loaded: LoadedRecords<Deposit, Balances>, before: Balances = new Map()): Balances {
  const balances = new Map(loaded.checkpoint?.state ?? before);
  for (const { record } of loaded.records) add(balances, record);
  return balances;
}

export function add(balances: Map<string, bigint>, { account, amount }: Deposit): void {
  balances.set(account, (balances.get(account) ?? 0n) + amount);
}
