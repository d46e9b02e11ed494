// Users, their rights, and running queries.
//
//     CREATE USER name WITH PASSWORD 'p' [ WITH ALL PRIVILEGES ]         SET PASSWORD FOR name "=" 'p'
//     DROP USER name
//     GRANT privilege ON db TO user          GRANT ALL [ PRIVILEGES ] TO user
//     REVOKE privilege ON db FROM user       REVOKE ALL [ PRIVILEGES ] FROM user
//     KILL QUERY n [ ON host ]
//     privilege = READ | WRITE | ALL [ PRIVILEGES ]
import { parseName, parseOptionalOn, parseString, parseUint64 } from './parse-words.ts';
import type { Privilege, Statement } from './statement.ts';
import type { TokenStream } from './token-stream.ts';

export function parseCreateUser(stream: TokenStream): Statement {
  const name = parseName(stream);
  stream.expectAll('WITH', 'PASSWORD');
  const password = parseString(stream);
  const admin = stream.accept('WITH');
  if (admin) stream.expectAll('ALL', 'PRIVILEGES');
  return { kind: 'create user', name, password, admin };
}

export function parseDropUser(stream: TokenStream): Statement {
  return { kind: 'drop user', name: parseName(stream) };
}

export function parseSetPassword(stream: TokenStream): Statement {
  const name = parseName(stream);
  stream.expect('=');
  return { kind: 'set password', name, password: parseString(stream) };
}

export function parseGrant(stream: TokenStream): Statement {
  const privilege = parsePrivilege(stream);
  if (acceptOn(stream, privilege, 'TO')) {
    const database = parseName(stream);
    stream.expect('TO');
    return { kind: 'grant', privilege, database, user: parseName(stream) };
  }
  return { kind: 'grant all privileges', user: parseName(stream) };
}

export function parseRevoke(stream: TokenStream): Statement {
  const privilege = parsePrivilege(stream);
  if (acceptOn(stream, privilege, 'FROM')) {
    const database = parseName(stream);
    stream.expect('FROM');
    return { kind: 'revoke', privilege, database, user: parseName(stream) };
  }
  return { kind: 'revoke all privileges', user: parseName(stream) };
}

export function parseKillQuery(stream: TokenStream): Statement {
  return { kind: 'kill query', id: parseUint64(stream), host: parseOptionalOn(stream) };
}

function parsePrivilege(stream: TokenStream): Privilege {
  const token = stream.next();
  switch (token.kind) {
    case 'READ':
    case 'WRITE':
      return token.kind;
    case 'ALL':
      stream.accept('PRIVILEGES');
      return 'ALL PRIVILEGES';
    default:
      throw stream.unexpected(token, 'READ', 'WRITE', 'ALL [PRIVILEGES]');
  }
}

/** True for ON; false for TO or FROM, which grants or revokes the right to everything and goes with ALL only. */
function acceptOn(stream: TokenStream, privilege: Privilege, other: 'TO' | 'FROM'): boolean {
  const token = stream.next();
  if (token.kind === 'ON') return true;
  const all = privilege === 'ALL PRIVILEGES';
  if (token.kind === other && all) return false;
  throw stream.unexpected(token, 'ON', ...(all ? [other] : []));
}
