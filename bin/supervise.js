'use strict';
// Runs the program in a child with our streams, and leaves with its code: the child says when it is done but cannot end.
const { fork } = require('node:child_process');
const { constants } = require('node:os');

const child = fork(`${__dirname}/netdata-egress.js`, process.argv.slice(2), {
  env: { ...process.env, NETDATA_EGRESS_SUPERVISED: String(process.pid) },
});
let code = null;
child.on('message', (message) => {
  code = message.leaveWith;
  child.kill('SIGKILL');
});
child.on('exit', (exitCode, signal) => process.exit(code ?? exitCode ?? 128 + constants.signals[signal]));
// A terminal sends Ctrl-C to both of us, kill(1) to one: the child takes two in a row for one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
