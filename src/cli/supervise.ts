/**
 * Runs the program in a child with our streams, and leaves with its code: the child says when it is done but cannot end
 * (leave.ts). bin/start.js imports this where Node has no other way.
 */
import { constants } from 'node:os';
import { startProgram } from '../host/start.js';
import { EXIT } from '../model/report.js';
import type { LeaveMessage } from './leave.js';
import { ownProgram } from './self.js';

const { file, args, input } = ownProgram();
const child = startProgram(file, [...process.execArgv, ...args, ...process.argv.slice(2)], {
  stdio: [input === null ? 'inherit' : 'pipe', 'inherit', 'inherit', 'ipc'],
  env: { ...process.env, NETDATA_EGRESS_SUPERVISED: String(process.pid) },
});
child.stdin?.on('error', () => undefined).end(input);
let code: number | null = null;
child.on('message', (message) => {
  code = (message as LeaveMessage).leaveWith;
  child.kill('SIGKILL');
});
child.on('error', (error) => {
  process.stderr.write(`netdata-egress: cannot start a second process: ${error.message}\n`);
  process.exit(EXIT.UNDECIDED);
});
child.on('exit', (exitCode, signal) => {
  process.exit(code ?? exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]));
});
// A terminal sends Ctrl-C to both of us, kill(1) to one: the child takes two in a row for one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
