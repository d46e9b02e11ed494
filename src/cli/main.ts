#!/usr/bin/env node
// The `weir` command. Node keeps what it makes of the sources (in the system's temporary directory), so that the next start
// takes half the time; therefore everything else is imported after that is on.
import { enableCompileCache } from 'node:module';

enableCompileCache();
const [{ processIo }, { runCommand }] = await Promise.all([import('./command-io.ts'), import('./commands.ts')]);
const code = await runCommand(process.argv.slice(2), processIo);
if (code !== undefined) process.exitCode = code;
