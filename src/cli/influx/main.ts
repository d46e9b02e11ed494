#!/usr/bin/env node
// The `influx` command: a shell for InfluxDB 1.x and Weir alike. Node keeps what it makes of the sources, so that the next
// start takes half the time; therefore everything else is imported after that is on.
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { runShell } = await import('./run-shell.ts');
process.exitCode = await runShell(process.argv.slice(2), process);
