// Hashes passwords as InfluxDB 1.x does, and checks them: the first check of a password runs bcrypt, later ones compare a
// salted digest that is kept in memory only, so that a client that sends its password with each request costs next to nothing.
import { createHash, randomBytes } from 'node:crypto';
import { WeirError, WorkerPool, workerModule } from '../base/index.ts';
import type { PasswordAnswer, PasswordRequest } from './password-worker.ts';
import type { User } from './user.ts';

/** bcrypt's cost in InfluxDB: 2^10 rounds. */
const DEFAULT_COST = 10;
// One check takes some 70 ms: those who come later than this would wait for a quarter of a minute and more. The limit for one
// user keeps a flood of wrong passwords for it from shutting out the others.
const MAX_CHECKS = 256;
const MAX_CHECKS_OF_USER = 16;

/** Of the pool's threads: what statements ask for does not wait behind what requests bring. */
const CHECKS = 0;
const STATEMENTS = 1;

export class Passwords {
  readonly #pool: WorkerPool<PasswordRequest, PasswordAnswer>;
  readonly #cost: number;
  readonly #salt = randomBytes(32);
  /** By user: which digest belongs to which hash, so that nothing outlives a change of the password. */
  readonly #known = new Map<string, { readonly passwordHash: string; readonly digest: string }>();
  /** Checks under way, by digest and hash: a hundred requests with one password are one check. */
  readonly #checks = new Map<string, Promise<boolean>>();
  readonly #checksOfUsers = new Map<string, number>();

  constructor(cost = DEFAULT_COST) {
    this.#cost = cost;
    this.#pool = new WorkerPool({
      name: 'passwords',
      size: 2,
      module: workerModule(import.meta.url, 'password-worker'),
    });
  }

  async hash(password: string): Promise<string> {
    return String(await this.#run(STATEMENTS, { kind: 'hash', password, cost: this.#cost }));
  }

  /** For statements: as `isRight`, without its limits and its memory. */
  async isSame({ passwordHash }: User, password: string): Promise<boolean> {
    return (await this.#run(STATEMENTS, { kind: 'compare', password, hash: passwordHash })) === true;
  }

  /** For requests. Rejects with `unavailable` when too many checks are under way. */
  async isRight(user: User, password: string): Promise<boolean> {
    const { name, passwordHash } = user;
    const digest = this.#digest(name, password);
    const known = this.#known.get(name);
    if (known?.passwordHash === passwordHash && known.digest === digest) return true;
    const right = await this.#check(user, password, digest);
    if (right) this.#known.set(name, { passwordHash, digest });
    return right;
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #check({ name, passwordHash }: User, password: string, digest: string): Promise<boolean> {
    const key = `${digest} ${passwordHash}`;
    const running = this.#checks.get(key);
    if (running !== undefined) return running;
    const ofUser = this.#checksOfUsers.get(name) ?? 0;
    if (this.#checks.size >= MAX_CHECKS || ofUser >= MAX_CHECKS_OF_USER) {
      throw new WeirError('unavailable', 'too many passwords are being checked, try again');
    }
    const check = this.#run(CHECKS, { kind: 'compare', password, hash: passwordHash })
      .then((answer) => answer === true)
      .finally(() => {
        this.#checks.delete(key);
        const left = (this.#checksOfUsers.get(name) ?? 1) - 1;
        if (left > 0) this.#checksOfUsers.set(name, left);
        else this.#checksOfUsers.delete(name);
      });
    this.#checks.set(key, check);
    this.#checksOfUsers.set(name, ofUser + 1);
    return check;
  }

  #run(thread: number, request: PasswordRequest): Promise<PasswordAnswer> {
    return this.#pool.start(thread, request).result;
  }

  #digest(name: string, password: string): string {
    return createHash('sha256').update(this.#salt).update(`${name}\0${password}`).digest('base64');
  }
}
