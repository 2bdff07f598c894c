// Runs inside the host namespace. Input: {uid, timeoutMs, targets: [{address, port}], name?}. Output: one JSON document.
import net from 'node:net';
import { Resolver } from 'node:dns/promises';

const plan = JSON.parse(process.argv[2]);

function connect({ address, port }) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port, autoSelectFamily: false });
    const done = (outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => done('timeout'), plan.timeoutMs);
    // Open means: a byte came back, so packets pass in both directions.
    socket.once('data', () => done('open'));
    socket.on('error', (error) => done(error.code));
  });
}

async function loopback(host) {
  const server = net.createServer((socket) => socket.end('x'));
  server.on('error', () => undefined);
  await new Promise((resolve) => server.listen(0, host, resolve));
  const outcome = await connect({ address: host, port: server.address().port });
  server.close();
  return outcome;
}

async function dns(server) {
  const resolver = new Resolver({ timeout: plan.timeoutMs, tries: 1 });
  resolver.setServers([server.includes(':') ? `[${server}]:53` : `${server}:53`]);
  try {
    return (await resolver.resolve4('app.netdata.cloud')).length > 0 ? 'open' : 'empty';
  } catch (error) {
    return error.code;
  }
}

if (plan.uid !== 0) {
  process.setgroups([]);
  process.setgid(plan.uid);
  process.setuid(plan.uid);
}
const targets = await Promise.all(
  plan.targets.map(async (target) => [`${target.address} ${target.port}`, await connect(target)]),
);
const resolvers = await Promise.all((plan.resolvers ?? []).map(async (server) => [`dns ${server}`, await dns(server)]));
const local = [
  ['loopback 127.0.0.1', await loopback('127.0.0.1')],
  ['loopback ::1', await loopback('::1')],
];
process.stdout.write(JSON.stringify(Object.fromEntries([...targets, ...resolvers, ...local])));
