#!/usr/bin/env node
// The `weir` command.
import { processIo } from './command-io.ts';
import { runCommand } from './commands.ts';

const code = await runCommand(process.argv.slice(2), processIo);
if (code !== undefined) process.exitCode = code;
