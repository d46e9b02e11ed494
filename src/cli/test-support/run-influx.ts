// The shell within this process, on streams of the test.
import { PassThrough } from 'node:stream';
import { type ShellProcess, runShell } from '../influx/run-shell.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface InfluxOptions {
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function runInflux(args: readonly string[], options: InfluxOptions = {}): Promise<Ended> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(options.stdin ?? '');
  const written = [textOf(stdout), textOf(stderr)];
  const shell = { env: options.environment ?? {}, stdin, stdout, stderr, on() {}, off() {}, exit() {} };
  const code = await runShell(args, shell as unknown as ShellProcess);
  stdout.end();
  stderr.end();
  const [out, err] = await Promise.all(written);
  return { code, stdout: out, stderr: err };
}

async function textOf(stream: PassThrough): Promise<string> {
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) text += String(piece);
  return text;
}
