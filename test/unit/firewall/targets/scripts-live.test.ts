/** The scripts for Check Point and OPNsense against stand-ins for the management server and the API. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { mixed, render } from './artefacts.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netdata-egress-scripts-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function write(files: readonly RenderedFile[]): void {
  for (const file of files) writeFileSync(join(dir, file.name), file.content, { mode: file.mode });
}

/** Runs a rendered script; the exit status. */
function run(name: string, env: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve) => {
    execFile(
      '/bin/sh',
      [join(dir, name)],
      { env: { PATH: process.env['PATH'] ?? '', ...env }, timeout: 60_000 },
      (error) => resolve(error === null ? 0 : typeof error.code === 'number' ? error.code : 255),
    );
  });
}

/** Keeps one file per object, as `type.name`, and writes down every call. */
const MGMT_CLI = `#!/bin/sh
echo "$*" >>"$STATE/log"
prev= name=
for word in "$@"; do
	[ "$prev" = name ] && name=$word
	prev=$word
done
object="$STATE/objects/$2.$name"
case $1 in
login) echo session ;;
show) cat "$object" ;;
add)
	[ "\${FAIL:-}" != "$2" ] || exit 1
	[ ! -e "$object" ] || exit 1
	echo '{ "is-sub-domain" : false, "comments" : "nd-allow netdata cloud" }' >"$object"
	;;
delete) rm "$object" ;;
esac
`;

describe('the script for Check Point', () => {
  const INSTALL = 'nd-allow.check-point.sh';
  const UNINSTALL = 'nd-allow-uninstall.check-point.sh';
  let env: Record<string, string> = {};
  const objects = (): string[] => readdirSync(join(dir, 'objects')).sort();
  const calls = (): string[] => {
    const log = join(dir, 'log');
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
    rmSync(log, { force: true });
    return lines.map((line) => line.replace(/ -s \S+$/, ''));
  };

  beforeEach(() => {
    mkdirSync(join(dir, 'bin'));
    mkdirSync(join(dir, 'objects'));
    writeFileSync(join(dir, 'bin', 'mgmt_cli'), MGMT_CLI, { mode: 0o755 });
    env = { PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`, STATE: dir };
    write(render('check-point', mixed(), { dns: true }));
  });

  test('makes everything in one session, and the same again the second time', async () => {
    expect(await run(INSTALL, env)).toBe(0);
    const made = objects();
    expect(made).toContain('dns-domain..app.netdata.cloud');
    expect(made).toContain('service-tcp.nd-allow-tcp-8443');
    expect(made.filter((name) => name.startsWith('access-rule.'))).toEqual([
      'access-rule.nd-allow',
      'access-rule.nd-allow-443-8443',
      'access-rule.nd-allow-8443',
      'access-rule.nd-allow-dns',
    ]);
    const first = calls();
    expect(first[0]).toBe('login -r true');
    expect(first.slice(-2)).toEqual(['publish', 'logout']);
    expect(await run(INSTALL, env)).toBe(0);
    expect(objects()).toEqual(made);
    expect(calls().filter((call) => call.startsWith('add ') && !call.startsWith('add access-rule '))).toEqual([]);
  });

  test('leaves nothing behind, but what others made', async () => {
    writeFileSync(
      join(dir, 'objects', 'dns-domain..app.netdata.cloud'),
      '{ "is-sub-domain": false, "comments": "ours" }',
    );
    expect(await run(INSTALL, env)).toBe(0);
    expect(await run(UNINSTALL, env)).toBe(0);
    expect(objects()).toEqual(['dns-domain..app.netdata.cloud']);
    expect(await run(UNINSTALL, env)).toBe(0);
  });

  test('discards the session at the first error', async () => {
    expect(await run(INSTALL, { ...env, FAIL: 'access-rule' })).not.toBe(0);
    const log = calls();
    expect(log).not.toContain('publish');
    expect(log.slice(-2)).toEqual(['discard', 'logout']);
  });

  test('does not use a domain object that stands for subdomains too', async () => {
    writeFileSync(join(dir, 'objects', 'dns-domain..app.netdata.cloud'), '{ "is-sub-domain" : true }');
    expect(await run(INSTALL, env)).not.toBe(0);
    expect(calls()).not.toContain('publish');
  });
});

const JQ = ['/usr/bin/jq', '/usr/local/bin/jq'].some((path) => existsSync(path));
const CURL = ['/usr/bin/curl', '/usr/local/bin/curl'].some((path) => existsSync(path));

describe.skipIf(!CURL)('the scripts for OPNsense', () => {
  let server: Server;
  let env: Record<string, string> = {};
  let aliases: Record<string, string> = {};
  let refuse = '';
  const seen: string[] = [];

  beforeEach(async () => {
    aliases = {};
    refuse = '';
    seen.length = 0;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const path = (request.url ?? '').replace('/api/firewall/alias/', '');
        seen.push(`${request.method ?? ''} ${path} ${request.headers.authorization ?? ''}`);
        response.end(JSON.stringify(answer(path, body)));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    writeFileSync(join(dir, 'curlrc'), 'user = "key:secret"\n');
    const { port } = server.address() as AddressInfo;
    env = { OPNSENSE_URL: `http://127.0.0.1:${String(port)}`, OPNSENSE_CURLRC: join(dir, 'curlrc') };
    write(render('opnsense', mixed()));
  });
  afterEach(() => {
    server.close();
  });

  function answer(path: string, body: string): object {
    if (path === refuse) return { status: 'failed' };
    if (path === 'import') {
      const { data } = JSON.parse(body) as {
        data: { aliases: { alias: Record<string, { name: string; content: string }> } };
      };
      for (const row of Object.values(data.aliases.alias)) aliases[row.name] = row.content;
      return { existing: 0, new: 1, status: 'ok' };
    }
    const name = /^getAliasUUID\/(\w+)$/.exec(path)?.[1];
    // The stand-in's keys are the letters of the name in hexadecimal.
    if (name !== undefined) return name in aliases ? { uuid: Buffer.from(name).toString('hex') } : [];
    const uuid = /^delItem\/([0-9a-f]+)$/.exec(path)?.[1];
    if (uuid !== undefined) {
      delete aliases[Buffer.from(uuid, 'hex').toString()];
      return { result: 'deleted' };
    }
    return { status: path === 'reconfigure' ? 'ok' : 'failed' };
  }

  test('import all aliases with the key from the file, and apply them', async () => {
    expect(await run('nd-allow-opnsense.install.sh', env)).toBe(0);
    expect(aliases['nd_allow']).toBe('app.netdata.cloud\nget.netdata.cloud');
    expect(aliases['nd_allow_443_8443_ports']).toBe('443\n8443');
    const basic = `Basic ${Buffer.from('key:secret').toString('base64')}`;
    expect(seen).toEqual([`POST import ${basic}`, `POST reconfigure ${basic}`]);
  });

  test('fail when the firewall refuses', async () => {
    refuse = 'import';
    expect(await run('nd-allow-opnsense.install.sh', env)).not.toBe(0);
    expect(seen).toHaveLength(1);
  });

  test('take away exactly their own', async () => {
    aliases['mine'] = '198.51.100.9';
    expect(await run('nd-allow-opnsense.install.sh', env)).toBe(0);
    expect(await run('nd-allow-opnsense.uninstall.sh', env)).toBe(0);
    expect(aliases).toEqual({ mine: '198.51.100.9' });
    expect(await run('nd-allow-opnsense.uninstall.sh', env)).toBe(0);
  });
});

/** One API on the loopback, which checks the key and that only JSON comes. */
async function api(
  answer: (method: string, url: URL, body: unknown) => { readonly code?: number; readonly value?: unknown },
): Promise<{ readonly url: string; readonly seen: string[]; close(): void }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const method = request.method ?? '';
      const url = new URL(request.url ?? '', 'http://stand-in');
      seen.push(`${method} ${url.pathname}${url.search}`);
      const json = text === '' || request.headers['content-type'] === 'application/json';
      const known = request.headers.authorization === 'Bearer secret';
      const { code = 200, value = {} } =
        !known || !json ? { code: known ? 415 : 401 } : answer(method, url, text === '' ? null : JSON.parse(text));
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}`, seen, close: () => void server.close() };
}

describe.skipIf(!CURL || !JQ)('the scripts for Meraki', () => {
  const DEFAULT = { comment: 'Default rule', policy: 'allow', protocol: 'Any', destCidr: 'Any', destPort: 'Any' };
  const MINE = [
    { comment: 'mine', policy: 'deny', protocol: 'tcp', destCidr: 'Any', destPort: '443' },
    { policy: 'deny', protocol: 'udp', destCidr: '198.51.100.9/32', destPort: 'Any' },
  ];
  let rules: readonly { readonly comment?: string; readonly destCidr: string }[] = [];
  let fails = false;
  let cloud: Awaited<ReturnType<typeof api>>;
  let env: Record<string, string> = {};

  beforeEach(async () => {
    rules = MINE;
    fails = false;
    cloud = await api((method, { pathname }, body) => {
      if (pathname !== '/networks/L_1/appliance/firewall/l3FirewallRules') return { code: 404 };
      if (method === 'PUT') {
        if (fails) return { code: 400 };
        const given = (body as { rules: typeof rules }).rules;
        // The rule at the end is the dashboard's own; who gives it back has it twice.
        if (given.some(({ comment }) => comment === 'Default rule')) return { code: 400 };
        rules = given;
      }
      return { value: { rules: [...rules, DEFAULT] } };
    });
    writeFileSync(join(dir, 'curlrc'), 'header = "Authorization: Bearer secret"\n');
    env = { MERAKI_URL: cloud.url, MERAKI_NETWORK: 'L_1', MERAKI_CURLRC: join(dir, 'curlrc') };
    write(render('meraki', mixed()));
  });
  afterEach(() => cloud.close());

  test('put ours in front, once, and take away exactly their own', async () => {
    expect(await run('nd-allow-meraki.install.sh', env)).toBe(0);
    const once = rules;
    expect(once.slice(-2)).toEqual(MINE);
    expect(new Set(once.slice(0, -2).map(({ destCidr }) => destCidr))).toEqual(
      new Set(['api.netdata.cloud', 'app.netdata.cloud', 'get.netdata.cloud']),
    );
    expect(await run('nd-allow-meraki.install.sh', env)).toBe(0);
    expect(rules).toEqual(once);
    for (let twice = 0; twice < 2; twice++) {
      expect(await run('nd-allow-meraki.uninstall.sh', env)).toBe(0);
      expect(rules).toEqual(MINE);
    }
  });

  test('fail when the dashboard refuses, and without the right key', async () => {
    fails = true;
    expect(await run('nd-allow-meraki.install.sh', env)).not.toBe(0);
    writeFileSync(join(dir, 'curlrc'), 'header = "Authorization: Bearer other"\n');
    cloud.seen.length = 0;
    expect(await run('nd-allow-meraki.uninstall.sh', env)).not.toBe(0);
    expect(cloud.seen.filter((call) => call.startsWith('PUT'))).toEqual([]);
    expect(rules).toEqual(MINE);
  });
});

describe.skipIf(!CURL || !JQ)('the scripts for Umbrella', () => {
  interface Row {
    readonly id: string;
    readonly destination: string;
    readonly comment?: string;
  }
  let rows: Row[] = [];
  let next = 1000;
  let cloud: Awaited<ReturnType<typeof api>>;
  let env: Record<string, string> = {};
  const names = (): string[] => rows.map(({ destination }) => destination).sort();

  beforeEach(async () => {
    // Two full pages of others come first; one of them holds a name of ours already.
    rows = Array.from({ length: 200 }, (_, index) => ({ id: String(index), destination: `h${String(index)}.example` }));
    rows[7] = { id: '7', destination: 'app.netdata.cloud', comment: 'entered by hand' };
    next = 1000;
    cloud = await api((method, { pathname, searchParams }, body) => {
      const path = '/policies/v2/destinationlists/17/destinations';
      if (method === 'GET' && pathname === path) {
        const limit = Number(searchParams.get('limit'));
        if (!(limit >= 1 && limit <= 100)) return { code: 400 };
        const page = Number(searchParams.get('page') ?? 1);
        return {
          value: { meta: { page, limit, total: rows.length }, data: rows.slice((page - 1) * limit, page * limit) },
        };
      }
      if (method === 'POST' && pathname === path) {
        const given = body as Omit<Row, 'id'>[];
        if (given.length > 500) return { code: 400 };
        rows = [...rows, ...given.map((row) => ({ ...row, id: String(next++) }))];
        return {};
      }
      if (method === 'DELETE' && pathname === `${path}/remove`) {
        const ids = body as number[];
        if (!ids.every((id) => typeof id === 'number')) return { code: 400 };
        rows = rows.filter(({ id }) => !ids.includes(Number(id)));
        return {};
      }
      return { code: 404 };
    });
    writeFileSync(join(dir, 'curlrc'), 'header = "Authorization: Bearer secret"\n');
    env = { UMBRELLA_URL: cloud.url, UMBRELLA_LIST: '17', UMBRELLA_CURLRC: join(dir, 'curlrc') };
    write(render('umbrella', mixed()));
  });
  afterEach(() => cloud.close());

  test('add what is missing, once, drop what is wanted no longer, and take away exactly their own', async () => {
    const before = names();
    rows.push({ id: '999', destination: 'old.example', comment: 'nd-allow netdata cloud' });
    for (let twice = 0; twice < 2; twice++) {
      expect(await run('nd-allow-umbrella.install.sh', env)).toBe(0);
      expect(names()).toEqual([...before, 'api.netdata.cloud', 'get.netdata.cloud'].sort());
    }
    expect(cloud.seen.filter((call) => call.startsWith('POST'))).toHaveLength(1);
    for (let twice = 0; twice < 2; twice++) {
      expect(await run('nd-allow-umbrella.uninstall.sh', env)).toBe(0);
      expect(names()).toEqual(before);
    }
  });

  test('change nothing when the list cannot be read', async () => {
    writeFileSync(join(dir, 'curlrc'), 'header = "Authorization: Bearer other"\n');
    for (const role of ['install', 'uninstall']) expect(await run(`nd-allow-umbrella.${role}.sh`, env)).not.toBe(0);
    expect(cloud.seen.filter((call) => !call.startsWith('GET'))).toEqual([]);
  });
});

describe.skipIf(!CURL)('the scripts for Sophos Firewall', () => {
  let server: Server;
  let env: Record<string, string> = {};
  /** `kind name` of what the firewall holds, with all its text. */
  const held = new Map<string, string>();
  let broken = '';

  /** Sets, removes and gets as the API does: a name twice is an error, and so is what is not there. */
  function answer(request: string): string {
    if (!request.includes('<Login><Username>api</Username><Password>secret</Password></Login>'))
      return '<Response><Login><status>Authentication Failure</status></Login></Response>';
    const operation =
      /<Set operation="(add|update)">/.exec(request)?.[1] ?? (request.includes('<Remove>') ? 'remove' : 'get');
    const rows = [...request.matchAll(/<(FQDNHost|Services|FirewallRule)><Name>([^<]+)<\/Name>(.*?)<\/\1>$/gm)];
    const said = rows.map(([, kind = '', name = '', body = '']) => {
      const key = `${kind} ${name}`;
      const fits = operation === 'add' ? !held.has(key) : held.has(key);
      if (!fits || key === broken) return `<${kind}><Status code="502">Operation failed.</Status></${kind}>`;
      if (operation === 'remove') held.delete(key);
      else held.set(key, body);
      return `<${kind}><Status code="200">Configuration applied successfully.</Status></${kind}>`;
    });
    const got = [...held.keys()]
      .filter((key) => operation === 'get' && key.startsWith('FirewallRule '))
      .map((key) => `<FirewallRule><Name>${key.split(' ')[1] ?? ''}</Name></FirewallRule>`);
    return `<Response><Login><status>Authentication Successful</status></Login>${said.join('')}${got.join('')}</Response>`;
  }

  beforeEach(async () => {
    held.clear();
    held.set('FirewallRule mine', '');
    broken = '';
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const xml = new URLSearchParams(body).get('reqxml');
        response.end(request.url === '/webconsole/APIController' && xml !== null ? answer(xml) : '');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(dir, 'login'), '<Login><Username>api</Username><Password>secret</Password></Login>\n');
    env = { SOPHOS_URL: `http://127.0.0.1:${String(port)}`, SOPHOS_LOGIN: join(dir, 'login') };
    write(render('sophos', mixed()));
  });
  afterEach(() => {
    server.close();
  });

  test('add what is missing, bring up to date what is there, and take away exactly their own', async () => {
    for (let twice = 0; twice < 2; twice++) {
      expect(await run('nd-allow-sophos.install.sh', env)).toBe(0);
      expect([...held.keys()].filter((key) => key.startsWith('FirewallRule ')).sort()).toEqual(
        ['mine', ...['v4', 'v6', '443-8443-v4', '443-8443-v6', '8443-v4', '8443-v6'].map((name) => `nd-allow-${name}`)]
          .map((name) => `FirewallRule ${name}`)
          .sort(),
      );
      expect(held.get('FQDNHost nd-allow-app_netdata_cloud')).toContain('<FQDN>app.netdata.cloud</FQDN>');
    }
    for (let twice = 0; twice < 2; twice++) {
      expect(await run('nd-allow-sophos.uninstall.sh', env)).toBe(0);
      expect([...held.keys()]).toEqual(['FirewallRule mine']);
    }
  });

  test('fail when one object is refused, when one stays, and without the login', async () => {
    broken = 'FirewallRule nd-allow-v4';
    expect(await run('nd-allow-sophos.install.sh', env)).not.toBe(0);
    broken = '';
    expect(await run('nd-allow-sophos.install.sh', env)).toBe(0);
    broken = 'FirewallRule nd-allow-v4';
    expect(await run('nd-allow-sophos.uninstall.sh', env)).not.toBe(0);
    writeFileSync(join(dir, 'login'), '<Login></Login>');
    for (const role of ['install', 'uninstall']) expect(await run(`nd-allow-sophos.${role}.sh`, env)).not.toBe(0);
  });
});

describe.skipIf(!CURL || !JQ)('the scripts for SonicWall', () => {
  type Held = Map<string, string>;
  let server: Server;
  let env: Record<string, string> = {};
  let running: Held = new Map();
  let pending: Held = new Map();
  let refuse = '';
  let sessions = 0;

  /** Changes are pending until they are committed; who is there already cannot be posted, who is not cannot be put. */
  function answer(method: string, path: string, body: string): { code: number; value?: unknown } {
    if (`${method} ${path}` === refuse) return { code: 400 };
    if (path === 'config/pending') {
      if (method === 'POST') running = new Map(pending);
      else pending = new Map(running);
      return { code: 200 };
    }
    const [, kind = '', key = ''] =
      /^(access-rules\/ipv[46]|address-objects\/fqdn|service-objects)(?:\/(?:uuid|name)\/(.+))?$/.exec(path) ?? [];
    if (kind === '') return { code: 404 };
    if (method === 'DELETE') return { code: pending.delete(`${kind} ${key}`) ? 200 : 400 };
    if (method === 'GET') {
      const family = kind.slice(-4);
      const rows = [...pending.keys()]
        .filter((row) => row.startsWith(`${kind} `))
        .map((row) => row.split(' ')[1] ?? '');
      return {
        code: 200,
        value: rows.length === 0 ? {} : { access_rules: rows.map((name) => ({ [family]: { name, uuid: name } })) },
      };
    }
    const [rows = []] = Object.values(JSON.parse(body) as Record<string, Record<string, { name?: string }>[]>);
    for (const row of rows) {
      const name = (kind === 'service-objects' ? (row as { name?: string }).name : Object.values(row)[0]?.name) ?? '?';
      if (pending.has(`${kind} ${name}`) !== (method === 'PUT')) return { code: 400 };
      pending.set(`${kind} ${name}`, JSON.stringify(row));
    }
    return { code: 200 };
  }

  beforeEach(async () => {
    running = new Map([
      ['access-rules/ipv4 mine', ''],
      ['address-objects/fqdn mine', ''],
    ]);
    pending = new Map(running);
    refuse = '';
    sessions = 0;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const path = (request.url ?? '').replace('/api/sonicos/', '');
        const method = request.method ?? '';
        if (path === 'auth' && method === 'POST') {
          const fits = request.headers.authorization === `Basic ${Buffer.from('admin:secret').toString('base64')}`;
          if (fits) sessions += 1;
          response.writeHead(fits ? 200 : 401, { 'set-cookie': 'session=1' }).end('{}');
          return;
        }
        if (path === 'auth') sessions -= 1;
        const { code, value = {} } =
          request.headers.cookie !== 'session=1'
            ? { code: 401 }
            : path === 'auth'
              ? { code: 200 }
              : answer(method, path, body);
        response.writeHead(code).end(JSON.stringify(value));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(dir, 'curlrc'), 'user = "admin:secret"\n');
    env = { SONICWALL_URL: `http://127.0.0.1:${String(port)}`, SONICWALL_CURLRC: join(dir, 'curlrc') };
    write(render('sonicwall', mixed()));
  });
  afterEach(() => {
    server.close();
  });
  const MINE = ['access-rules/ipv4 mine', 'address-objects/fqdn mine'];

  test('put ours in by one commit, again without a change, and take away exactly their own', async () => {
    expect(await run('nd-allow-sonicwall.install.sh', env)).toBe(0);
    const once = [...running.keys()].sort();
    expect(once).toContain('access-rules/ipv6 nd-allow-8443-api_netdata_cloud');
    expect(once).toContain('service-objects nd-allow-tcp-8443');
    expect(await run('nd-allow-sonicwall.install.sh', env)).toBe(0);
    expect([...running.keys()].sort()).toEqual(once);
    for (let twice = 0; twice < 2; twice++) {
      expect(await run('nd-allow-sonicwall.uninstall.sh', env)).toBe(0);
      expect([...running.keys()].sort()).toEqual(MINE);
    }
    expect(sessions).toBe(0);
  });

  test('leave everything as it was when one call fails, and log out', async () => {
    expect(await run('nd-allow-sonicwall.install.sh', env)).toBe(0);
    const once = [...running.keys()].sort();
    refuse = 'POST access-rules/ipv6';
    expect(await run('nd-allow-sonicwall.install.sh', env)).not.toBe(0);
    expect([[...running.keys()].sort(), [...pending.keys()].sort(), sessions]).toEqual([once, once, 0]);
    writeFileSync(join(dir, 'curlrc'), 'user = "admin:other"\n');
    expect(await run('nd-allow-sonicwall.uninstall.sh', env)).not.toBe(0);
    expect([...running.keys()].sort()).toEqual(once);
  });
});
