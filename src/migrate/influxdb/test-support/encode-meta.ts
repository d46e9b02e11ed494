// `meta.db` as influxd writes it: a protocol buffer.
import type { InfluxDatabase, InfluxMeta, InfluxPolicy, InfluxUser } from '../meta/meta-file.ts';
import { ByteWriter } from './byte-writer.ts';

const PRIVILEGES = ['NO PRIVILEGES', 'READ', 'WRITE', 'ALL PRIVILEGES'];

class MessageWriter {
  readonly #out = new ByteWriter();

  int(number: number, value: bigint | number): this {
    this.#out.varint(8 * number).varint(BigInt(value));
    return this;
  }

  bytes(number: number, bytes: Uint8Array): this {
    this.#out
      .varint(8 * number + 2)
      .varint(bytes.length)
      .bytes(bytes);
    return this;
  }

  text(number: number, text: string): this {
    return this.bytes(number, Buffer.from(text));
  }

  all<T>(number: number, items: readonly T[], encode: (item: T, index: number) => Buffer): this {
    items.forEach((item, index) => this.bytes(number, encode(item, index)));
    return this;
  }

  finish(): Buffer {
    return this.#out.finish();
  }
}

/** With a deleted shard group in each policy, which readers pass over, and a field of a later version. */
export function encodeMeta({ databases, users }: InfluxMeta): Buffer {
  return new MessageWriter()
    .int(1, 1)
    .int(2, 99)
    .int(3, 1234567890123456789n)
    .all(5, databases, encodeDatabase)
    .all(6, users, encodeUser)
    .int(7, 0)
    .text(900, 'from a later version')
    .finish();
}

function encodeDatabase(database: InfluxDatabase): Buffer {
  return new MessageWriter()
    .text(1, database.name)
    .text(2, database.defaultPolicy)
    .all(3, database.policies, encodePolicy)
    .all(4, database.continuousQueries, ({ name, text }) => new MessageWriter().text(1, name).text(2, text).finish())
    .finish();
}

function encodePolicy(policy: InfluxPolicy): Buffer {
  const group = (id: string, startNs: bigint, endNs: bigint, deletedAt: bigint): Buffer =>
    new MessageWriter()
      .int(1, 7)
      .int(2, startNs)
      .int(3, endNs)
      .int(4, deletedAt)
      .bytes(5, new MessageWriter().int(1, BigInt(id)).finish())
      .finish();
  return new MessageWriter()
    .text(1, policy.name)
    .int(2, policy.durationNs)
    .int(3, policy.shardDurationNs)
    .int(4, policy.replicaN)
    .bytes(5, group('4000', 0n, 1n, 1_600_000_000_000_000_000n))
    .all(5, policy.shards, ({ id, range }) => group(id, range.startNs, range.endNs, 0n))
    .all(6, policy.subscriptions, ({ name, mode, destinations }) => {
      const message = new MessageWriter().text(1, name).text(2, mode);
      for (const destination of destinations) message.text(3, destination);
      return message.finish();
    })
    .finish();
}

function encodeUser({ name, passwordHash, admin, grants }: InfluxUser): Buffer {
  return new MessageWriter()
    .text(1, name)
    .text(2, passwordHash)
    .int(3, admin ? 1 : 0)
    .all(4, grants, ({ database, privilege }) =>
      new MessageWriter().text(1, database).int(2, PRIVILEGES.indexOf(privilege)).finish(),
    )
    .finish();
}
