// The server of the crash test: Weir as it is, in a process to kill, on disks that fail as the arguments say.
//
//   node test/crash/server.ts DATA_DIR FAULT AFTER TIMES
import { loadSettings } from '../../src/cli/load-settings.ts';
import { createLogger } from '../../src/cli/logger.ts';
import { startServer } from '../../src/cli/server.ts';
import { nodeLogFiles } from '../../src/log/index.ts';
import { nodeFiles } from '../../src/store/index.ts';
import { type Fault, FaultCounter, faultyLogFiles, faultyStoreFiles } from './faults.ts';

const [dataDir, fault, after, times] = process.argv.slice(2);
const plan = { fault: fault as Fault, after: Number(after), times: Number(times) };
// Small limits, so that segments are rotated, memtables flushed and blocks merged many times a second.
const { settings } = await loadSettings({
  flags: {
    '--data-dir': dataDir,
    '--http-bind': '127.0.0.1:0',
    '--host-metrics': 'false',
    '--monitor-store-enabled': 'false',
    '--storage-flush-size': '400k',
    '--storage-log-segment-size': '200k',
    '--log-level': 'warn',
  },
  environment: {},
  file: null,
});
const server = await startServer(settings, {
  logger: createLogger(settings.log, process.stderr),
  files: {
    log: faultyLogFiles(nodeLogFiles, new FaultCounter(plan)),
    store: faultyStoreFiles(nodeFiles, new FaultCounter(plan)),
  },
});
process.send?.({ address: server.address });
