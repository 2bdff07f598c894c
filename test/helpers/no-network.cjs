// Preloaded into the program: whoever touches the network ends with 99. Loopback and files are no exception.
const { syncBuiltinESMExports } = require('node:module');
const refuse = (what) => () => {
  process.stderr.write(`the network was touched: ${what}\n`);
  process.exit(99);
};
const dns = require('node:dns');
for (const module of [dns, dns.promises])
  for (const name of Object.keys(module))
    if (/^(?:lookup|resolve|reverse)/.test(name) && typeof module[name] === 'function') module[name] = refuse(name);
require('node:net').Socket.prototype.connect = refuse('connect');
require('node:dgram').createSocket = refuse('createSocket');
syncBuiltinESMExports();
