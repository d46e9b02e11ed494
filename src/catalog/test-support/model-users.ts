// The users of `model-catalog.ts`: privileges as the two bits that upstream has, passwords as they are.
import type { Privilege } from '../user.ts';
import type { UserRequest } from './requests.ts';

const NAMES: readonly Privilege[] = ['NO PRIVILEGES', 'READ', 'WRITE', 'ALL PRIVILEGES'];

export class ModelUsers {
  readonly #databases: ReadonlyMap<string, unknown>;
  readonly users: { name: string; password: string; admin: boolean; bits: Map<string, number> }[] = [];

  constructor(databases: ReadonlyMap<string, unknown>) {
    this.#databases = databases;
  }

  apply(request: UserRequest): string | undefined {
    const at = this.users.findIndex(({ name }) => name === request.user);
    const user = this.users[at];
    if (request.op === 'createUser') {
      const { password, admin } = request;
      if (user) return user.password === password && user.admin === admin ? undefined : 'user already exists';
      if (request.user === '') return 'username required';
      this.users.push({ name: request.user, password, admin, bits: new Map() });
      return undefined;
    }
    if (!user) return 'user not found';
    if (request.op === 'dropUser') this.users.splice(at, 1);
    else if (request.op === 'setPassword') user.password = request.password;
    else if (request.op === 'setAdmin') user.admin = request.admin;
    else {
      if (!this.#databases.has(request.database)) return `database not found: ${request.database}`;
      const bits = NAMES.indexOf(request.privilege);
      const before = user.bits.get(request.database) ?? 0;
      user.bits.set(request.database, request.op === 'grant' ? bits : before & ~bits);
    }
    return undefined;
  }

  databaseDropped(database: string): void {
    for (const { bits } of this.users) bits.delete(database);
  }

  show(): string[] {
    return this.users.map(({ name, admin, bits }) => {
      const grants = [...bits.keys()].sort().map((database) => ` ${database} ${NAMES[bits.get(database) ?? 0]}`);
      return `user ${name}${admin ? ' (admin)' : ''}${grants.join(',')}`;
    });
  }
}
