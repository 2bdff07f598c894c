// One refresh against the firewall in a file, killed (SIGKILL, no clean-up) at the n-th step. Needs the build.
import { readFile, writeFile } from 'node:fs/promises';
import { refreshOnce } from '../../../../dist/firewall/live/refresh/run.js';

const { dir, answers, hosts, now, crashAt } = JSON.parse(process.argv[2]);
const kernel = `${dir}/kernel.json`;
const loaded = async () => JSON.parse(await readFile(kernel, 'utf8').catch(() => '[]'));
const wantedOf = (list) =>
  [...new Set(list.hosts.flatMap((host) => host.addresses.map((row) => row.cidr)))].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
let steps = 0;
const names = [];
const result = await refreshOnce(
  {
    stateDir: `${dir}/state`,
    now: () => now,
    inUse: async () => [],
    lookup: async () =>
      Object.entries(answers).map(([fqdn, addresses]) => ({
        fqdn,
        resolver: 'r',
        status: 'ok',
        answers: addresses.map((address) => ({
          fqdn,
          address,
          ttl: 60,
          source: 'r',
          firstSeen: now,
          lastSeen: now,
          proven: false,
        })),
      })),
    step(name) {
      names.push(name);
      if (steps++ === crashAt) process.kill(process.pid, 'SIGKILL');
    },
    sink: {
      target: 'fake',
      asks: true,
      needsAddresses: true,
      rearm: false,
      revision: (list) => wantedOf(list).join(),
      drift: async (list) => {
        const have = await loaded();
        const want = wantedOf(list);
        return [
          ...want.filter((row) => !have.includes(row)).map((text) => ({ kind: 'missing', text })),
          ...have.filter((row) => !want.includes(row)).map((text) => ({ kind: 'extra', text })),
        ];
      },
      capture: loaded,
      restore: (captured) => writeFile(kernel, JSON.stringify(captured)),
      apply: (list) => writeFile(kernel, JSON.stringify(wantedOf(list))),
    },
  },
  { hosts, resolvers: [], accepted: ['198.51.100.0/24'], provenOnly: false },
);
process.stdout.write(JSON.stringify({ outcome: result.outcome, names }));
