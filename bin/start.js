'use strict';
// How the program starts, in every form that it has (scripts/package/bundle.mjs).
// CommonJS on purpose: getaddrinfo blocks a pool thread each, and the ESM loader starts the pool before any module runs.
process.env.UV_THREADPOOL_SIZE ??= '16';

// Nothing can end a Node before 22.15 while a look-up hangs in one of its threads, but another process (src/cli/leave.ts).
const looksUp = ['doctor', 'resolve'].includes(process.argv[2]) && !process.argv.includes('--help');
const supervised = process.env.NETDATA_EGRESS_SUPERVISED === String(process.ppid) && process.connected;
if (looksUp && typeof process.execve !== 'function' && !supervised) void import('../dist/cli/supervise.js');
else {
  if (supervised) {
    process.channel.unref();
    process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  } else delete process.env.NETDATA_EGRESS_SUPERVISED;
  void import('../dist/cli/main.js');
}
