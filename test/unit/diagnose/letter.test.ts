import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/diagnose.js';
import type { Report } from '../../../src/model/report.js';
import { LEGS, type RouteEntry } from '../../../src/model/route.js';
import { letter } from '../../../src/report/letter.js';
import { columns } from '../../../src/report/width.js';
import {
  ADDRESS,
  certificate,
  healthy,
  hostNetwork,
  HOST,
  htmlAnswer,
  inputOf,
  judgedBy,
  localFirewall,
  SILENT,
  walkLegs,
  world,
  type World,
} from './world.js';

const PROXY_ROUTE: RouteEntry = {
  id: 'http_connect:proxy.example:3128',
  route: { kind: 'http_connect', proxy: { host: 'proxy.example', port: 3128, credentials: 'none' } },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};

function reportOf(run: World): Report {
  const { strict, ...input } = inputOf(run);
  return { ...input, ...diagnose({ ...input, strict }) };
}

const dropped = (): World =>
  walkLegs(world(), {
    link: { steps: (steps) => void steps.connectTimeout(ADDRESS.link, { ...SILENT, localAddress: '10.0.0.7' }) },
  });

describe('the letter', () => {
  it('says who needs what to where, what was seen, and the rule', () => {
    const page = letter(reportOf(dropped()));
    expect(page).toContain('To: the people who run the firewall');
    expect(page).toContain('mqtt.netdata.cloud port 443');
    expect(page).toContain('outbound only');
    expect(page).toContain('2026-01-01 00:00:00.000 UTC');
    expect(page).toContain('source: 10.0.0.7');
    expect(page.replace(/\s+/gu, ' ')).toContain(
      `SYN from 10.0.0.7 to ${ADDRESS.link} port 443/tcp: no answer in 5.0 s`,
    );
    expect(page).toContain('allow tcp from 10.0.0.7 to mqtt.netdata.cloud port 443');
    expect(page).toContain(`mqtt.netdata.cloud: ${ADDRESS.link}`);
  });

  it('tells a reset by its time', () => {
    const run = walkLegs(world(), {
      link: { steps: (steps) => void steps.connectRefused(ADDRESS.link, { t0Ms: 0, tMs: 0.42 }) },
    });
    expect(letter(reportOf(run)).replace(/\s+/gu, ' ')).toContain('RST after 0.4 ms');
  });

  it('names the issuer of an inspected certificate and asks for an exemption', () => {
    const run = walkLegs(world(), {
      all: { tls: { judgements: judgedBy(), chain: [certificate({ issuer: 'CN=FortiGate CA, O=Fortinet' })] } },
    });
    const page = letter(reportOf(run)).replace(/\s+/gu, ' ');
    expect(page).toContain('certificate issued by CN=FortiGate CA, O=Fortinet');
    expect(page).toContain('from TLS inspection');
  });

  it('quotes the page of a filter', () => {
    const run = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpAnswer(way, htmlAnswer('403 Forbidden', 'Blocked by policy')) },
    });
    expect(letter(reportOf(run)).replace(/\s+/gu, ' ')).toContain('page titled "Blocked by policy"');
  });

  const loginWanted = (): World => {
    const entry = { ...PROXY_ROUTE };
    const base = world();
    const legs = Object.fromEntries(LEGS.map((leg) => [leg, { ...base.agent.legs[leg], routeId: entry.id }]));
    const run: World = {
      ...base,
      routes: [...base.routes, entry],
      agent: { ...base.agent, legs: legs as World['agent']['legs'] },
    };
    run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk(['192.0.2.80']);
    const peer = { peer: 'proxy', host: 'proxy.example', port: 3128, localAddress: '10.0.0.7' } as const;
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg], routeId: entry.id });
      steps.proxyReply(
        steps.connectOk('192.0.2.80', peer),
        'HTTP/1.1 407 Auth\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n',
      );
    }
    return run;
  };

  it('goes to the proxy team when the proxy wants a login, and asks for one or for an exemption', () => {
    const page = letter(reportOf(loginWanted()));
    const flat = page.replace(/\s+/gu, ' ');
    expect(page).toContain('To: the people who run the proxy or web filter');
    expect(page).not.toContain('nothing has to be changed on the network');
    expect(flat).toContain('without a login');
    expect(flat).toContain('through the proxy proxy.example port 3128');
    expect(page).toContain('acl netdata_server src 10.0.0.7');
    expect(page).not.toContain('Outbound rules');
  });

  it('asks the DNS team for names, and cites what the resolver said', () => {
    const run = world();
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      steps.resolveFails('dns_no_answer', {
        failure: { kind: 'dns_no_answer', operation: 'resolve', rawCode: 'ENOTFOUND', detail: '' },
      });
      steps.dnsQuery({ rcode: 'NXDOMAIN' });
    }
    const page = letter(reportOf(run));
    expect(page).toContain('To: the people who run the DNS resolvers');
    expect(page.replace(/\s+/gu, ' ')).toContain('lookup of app.netdata.cloud by the operating system: no address');
    expect(page).toContain('NXDOMAIN');
    expect(page).not.toContain('NODATA');
    expect(page).toContain('Let these names resolve');
  });

  it('names the source address by the routing table when nothing connected', () => {
    const run = world();
    hostNetwork(run, { source4: '10.0.0.9', source6: '2001:db8::9' });
    for (const leg of LEGS)
      run.seen.on({ leg, host: HOST[leg] }).resolveFails('dns_no_answer', {
        failure: { kind: 'dns_no_answer', operation: 'resolve', rawCode: 'ENOTFOUND', detail: '' },
      });
    expect(letter(reportOf(run))).toContain('source: 10.0.0.9, 2001:db8::9');
  });

  it('never withholds what is not excluded', () => {
    const unread = letter(reportOf(dropped()));
    expect(unread).toContain('Before you send this');
    expect(unread.slice(unread.indexOf('What is not excluded'))).toContain('own firewall rules: not read');
    const run = dropped();
    localFirewall(run);
    const read = letter({ ...reportOf(run), notChecked: ['public resolvers: not asked without --controls'] });
    expect(read).not.toContain('Before you send this');
    expect(read.slice(read.indexOf('What is not excluded'))).toContain('- public resolvers: not asked');
  });

  it('shows whole exchanges, never a time without what was seen then', () => {
    const page = letter(reportOf(loginWanted()));
    const lines = page.split('\n');
    lines.forEach((line, index) => {
      if (/^ {2}\d{4}-\d\d-\d\d .* UTC$/u.test(line)) expect(lines[index + 1], page).toMatch(/^ {6}\S/u);
    });
  });

  it('says so when nothing is wrong, and what must stay open', () => {
    const page = letter(reportOf(healthy()));
    expect(page).toContain('What has to stay open');
    expect(page).not.toContain('does not work');
  });

  it('does not send the firewall team after a rule of this host', () => {
    const run = dropped();
    localFirewall(run, [{ where: 'iptables OUTPUT 3', text: '-j DROP', action: 'drop', matches: true, owner: null }]);
    const page = letter(reportOf(run));
    expect(page).toContain('To: the administrators of this host');
    expect(page).toContain('nothing has to be changed on the network');
  });

  it('is one page of at most 78 columns without anything that could move a cursor', () => {
    const run = walkLegs(world(), {
      env: {
        answer: (steps, way) =>
          void steps.httpAnswer(way, htmlAnswer('403 Forbidden', '\u001b[2J\u202eevil'.repeat(20))),
      },
    });
    const page = letter(reportOf(run));
    const lines = page.split('\n');
    expect(lines.length).toBeLessThan(75);
    for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(78);
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/u);
    expect(page).toContain(HOST.env);
  });

  const flat = (run: World): string => letter(reportOf(run)).replace(/\s+/gu, ' ');

  it('never offers a dead end as an address to open, and gives the published one', () => {
    const run = walkLegs(world(), {
      link: { addresses: ['0.0.0.0'], steps: (steps) => void steps.connectRefused('0.0.0.0') },
    });
    run.addresses = [{ host: HOST.link, address: '0.0.0.0', class: 'sinkhole', knownSince: null, knownSource: null }];
    const known = run.seen.on({ leg: 'link', role: { kind: 'control', control: 'known_address' } });
    known.tlsOk(known.connectOk('198.51.100.30'));
    const page = flat(run);
    expect(page).toContain('To: the people who run the DNS resolvers');
    expect(page).toContain('mqtt.netdata.cloud: 198.51.100.30');
    expect(page.slice(page.indexOf('Addresses that belong'))).not.toContain('0.0.0.0');
    expect(page).not.toContain('allow tcp from');
  });

  it('asks for what would help: sizes, silence, a new certificate', () => {
    const narrow = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpFails(way, 'generic_timeout_error', SILENT) },
    });
    const writes = narrow.seen.on({ leg: 'env', role: { kind: 'control', control: 'full_size_write' } });
    writes.fullSizeWrite(writes.connectOk(ADDRESS.env), false, SILENT);
    expect(flat(narrow)).toContain('type 3 code 4');

    const idle = healthy();
    for (const [role, heldMs] of [
      [{ kind: 'path' }, 20_000],
      [{ kind: 'control', control: 'busy_link' }, 60_000],
    ] as const) {
      const steps = idle.seen.on({ leg: 'link', role });
      const way = steps.connectOk(ADDRESS.link);
      steps.tlsOk(way, { judgements: judgedBy('claim', 'link', 'system', 'mozilla') });
      steps.upgradeOk(way);
      steps.hold(way, { heldMs, pings: 9, pongs: 9, endedBy: heldMs < 60_000 ? 'reset' : 'us' });
    }
    const page = flat(idle);
    expect(page).toContain('works, but not for long');
    expect(page).toContain('WebSocket without traffic to');
    expect(page).toContain('at least 120 s');
    expect(page).not.toContain('allow tcp from');
  });

  it('says of each destination what becomes of it now, and of a second cause that it is there', () => {
    const run = walkLegs(world(), {
      auth: { steps: (steps) => void steps.connectTimeout(ADDRESS.auth, SILENT) },
      link: { answer: (steps, way) => void steps.upgrade(way, 'HTTP/1.1 403 Forbidden\r\n\r\n') },
    });
    const page = flat(run);
    expect(page).toContain('app.netdata.cloud port 443 (works now)');
    expect(page).toContain('mqtt.netdata.cloud port 443 (fails now)');
    expect(page).toContain('Besides this');
    expect(page).toContain('403');
  });

  it('tells the same exchange once, with its number', () => {
    const run = walkLegs(world(), {
      claim: { steps: (steps) => void steps.connectTimeout(ADDRESS.claim, SILENT) },
      env: { steps: (steps) => void steps.connectTimeout(ADDRESS.env, SILENT) },
    });
    expect(flat(run)).toContain('(2 times)');
  });
});
