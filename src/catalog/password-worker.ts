// The thread that hashes passwords: bcrypt takes its time by design, which must not be the time of those who read and write.
import bcrypt from 'bcryptjs';
import { serveJobs } from '../base/index.ts';

export type PasswordRequest =
  | { readonly kind: 'hash'; readonly password: string; readonly cost: number }
  | { readonly kind: 'compare'; readonly password: string; readonly hash: string };

/** The hash, or whether the password has it. As in InfluxDB, what comes after a password's first 72 bytes does not count. */
export type PasswordAnswer = string | boolean;

serveJobs<PasswordRequest, PasswordAnswer>((request) =>
  request.kind === 'hash'
    ? bcrypt.hashSync(request.password, request.cost)
    : bcrypt.compareSync(request.password, request.hash),
);
