/** CPU time and memory of reading a large ruleset of this host and judging 60 connections: 200,000 elements, 50,000 rules. */
import { judgeAll } from '../dist/firewall/read/judge.js';
import { RulesetReader } from '../dist/firewall/read/read-ruleset.js';

const ELEMENTS = 200_000;
const RULES = 50_000;
const FLOWS = 60;
const address = (i) => `${1 + ((i >>> 16) % 200)}.${(i >>> 8) & 255}.${i & 255}.${(i * 7) & 255}`;
const many = (count, make) => Array.from({ length: count }, (_, i) => make(i));

function nft() {
  const place = '"family": "inet", "table": "f"';
  const match = (left, right) =>
    `{"match": {"op": "==", "left": {"payload": ${JSON.stringify(left)}}, "right": ${right}}}`;
  const daddr = { protocol: 'ip', field: 'daddr' };
  const items = [
    `{"set": {${place}, "name": "s", "type": "ipv4_addr", "elem": [${many(ELEMENTS, (i) => `"${address(i)}"`).join(', ')}]}}`,
    `{"chain": {${place}, "name": "o", "type": "filter", "hook": "output", "prio": 0, "policy": "accept"}}`,
    `{"rule": {${place}, "chain": "o", "handle": 1, "expr": [${match(daddr, '"@s"')}, {"drop": null}]}}`,
    ...many(RULES, (i) => {
      const port = match({ protocol: 'tcp', field: 'dport' }, '25');
      return `{"rule": {${place}, "chain": "o", "handle": ${i + 2}, "expr": [${match(daddr, `"${address(i * 3)}"`)}, ${port}, {"drop": null}]}}`;
    }),
  ];
  return [['nft', `{"nftables": [${items.join(', ')}]}`]];
}

function iptables() {
  const rules = many(RULES, (i) => `-A OUTPUT -d ${address(i * 3)}/32 -p tcp -m tcp --dport 25 -j DROP\n`).join('');
  return [
    ['ipset', `create s hash:net family inet\n${many(ELEMENTS, (i) => `add s ${address(i)}\n`).join('')}`],
    ['legacy4', `*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m set --match-set s dst -j DROP\n${rules}COMMIT\n`],
  ];
}

const spent = (since) => {
  const { user, system } = process.cpuUsage(since);
  return `${((user + system) / 1e6).toFixed(2)} s`;
};

for (const [name, sources] of [
  ['nftables', nft()],
  ['iptables and ipset', iptables()],
]) {
  const before = process.memoryUsage().rss;
  const reading = process.cpuUsage();
  const reader = new RulesetReader();
  for (const [source, text] of sources) {
    for (let at = 0; at < text.length; at += 65_536) reader.push(source, text.slice(at, at + 65_536));
    reader.end(source);
  }
  const read = spent(reading);
  const flows = many(FLOWS, (i) => ({
    protocol: 'tcp',
    address: `203.0.${i}.9`,
    port: 443,
    uid: 201,
    gid: 201,
    route: { device: 'eth0', source: '10.0.0.1', type: 'unicast' },
  }));
  const judging = process.cpuUsage();
  const host = { ephemeral: { lo: 32_768, hi: 60_999 }, queues: new Set(), now: Date.now() };
  const verdicts = await judgeAll(reader.ruleset(), flows, host, AbortSignal.timeout(60_000));
  const grown = Math.round((process.memoryUsage().rss - before) / 1e6);
  console.log(
    `${name}: ${ELEMENTS} elements, ${RULES} rules read in ${read} of CPU; ${verdicts.length} flows judged in ${spent(judging)}; ${grown} MB more`,
  );
}
