import { describe, expect, it } from 'vitest';
import { predict } from '../../../src/agent/predict.js';
import { UsageError } from '../../../src/model/errors.js';
import type { Leg } from '../../../src/model/route.js';
import { scene } from '../../helpers/observations.js';
import { CLAIMED_ID, NATIVE, TOKEN, discoverOn, factNames, factOf } from './discover-on.js';
import { memoryHost, type MemoryHostOptions } from './memory-host.js';
import { findInstallation } from '../../../src/agent/installation.js';

const CLAIM_CONF = '/etc/netdata/claim.conf';
const CLOUD_CONF = '/var/lib/netdata/cloud.d/cloud.conf';
const NETDATA_CONF = '/etc/netdata/netdata.conf';
const KEY = '/var/lib/netdata/cloud.d/private.pem';
const UNIT = '/lib/systemd/system/netdata.service';
const conf = (lines: Record<string, string>, section = 'global'): string =>
  `[${section}]\n${Object.entries(lines)
    .map(([key, value]) => `  ${key} = ${value}\n`)
    .join('')}`;
const claimed = (lines: Record<string, string> = {}) => ({
  ...NATIVE,
  [CLOUD_CONF]: conf({ url: 'https://app.netdata.cloud', claimed_id: CLAIMED_ID, ...lines }),
  [KEY]: { content: 'k', mode: 0o600, uid: 201 },
});

async function routes(host: MemoryHostOptions, options = {}): Promise<Record<Leg, string>> {
  const { facts } = await discoverOn(host, options);
  const { claim, env, auth, link } = facts.legs;
  expect(new Set([env.routeId, auth.routeId, link.routeId]).size).toBe(1);
  return { claim: claim.routeId, env: env.routeId, auth: auth.routeId, link: link.routeId };
}

describe('an empty host', () => {
  it('is one where an Agent will be installed: defaults, direct, newest version', async () => {
    const { facts, routes: planned, observations } = await discoverOn({});
    expect(facts).toMatchObject({
      installation: { found: false, configDir: '/etc/netdata', libDir: '/var/lib/netdata' },
      version: { value: '2.11.0', source: 'assumed_newest' },
      claimed: false,
      environmentSource: 'self',
    });
    expect(facts.legs.claim).toMatchObject({ host: 'app.netdata.cloud', port: 443, routeId: 'direct', path: '/' });
    expect(facts.legs.env).toMatchObject({ host: 'app.netdata.cloud', port: 443, path: '/api/v1/env' });
    expect(facts.legs.link).toMatchObject({ host: 'mqtt.netdata.cloud', checksName: true, trustStoreId: 'link' });
    expect(planned).toMatchObject([{ id: 'direct', usedBy: ['claim', 'env', 'auth', 'link'] }]);
    expect(facts.facts.map(({ finding }) => finding)).toEqual(['agent.not_installed']);
    const ids = observations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const fact of facts.facts) expect(ids).toContain(fact.observation);
  });
});

describe('values without a host', () => {
  it('http:// as the link’s proxy: env and auth go direct, the last leg has nowhere to go (docs/reference/agent.md#link-proxy-parsing)', async () => {
    const { facts, routes: planned } = await discoverOn({ files: claimed({ proxy: 'http://' }) });
    expect(facts.legs.env.routeId).toBe('direct');
    expect(facts.legs.auth.routeId).toBe('direct');
    expect(planned.find(({ id }) => id === facts.legs.link.routeId)?.route).toMatchObject({
      proxy: { host: 'unusable-proxy.invalid' },
    });
  });

  it('a base URL that no parser takes: nothing is looked up, and the Agent just stays offline', async () => {
    const { facts, routes: planned, observations } = await discoverOn({ files: claimed({ url: 'https://u:p@host' }) });
    expect(facts.legs.env.host).toBe('unreadable-url.invalid');
    const targets = [
      {
        id: 'env',
        host: facts.legs.env.host,
        port: 443,
        path: '',
        purpose: 'link',
        leg: 'env',
        required: true,
        source: '',
      },
    ] as const;
    const looked = scene();
    looked.on({ leg: 'env', host: facts.legs.env.host }).resolveFails();
    const seen = [...observations, ...looked.observations];
    const env = predict({ facts, routes: planned, targets, observations: seen }).find(({ leg }) => leg === 'env');
    expect(env).toMatchObject({
      outcome: 'will_fail',
      rule: 'agent:config.url_unusable',
      agentWouldSay: { status: 'offline', log: null },
    });
  });
});

describe('what the Agent would claim with (docs/reference/agent.md#claim-inputs)', () => {
  it('claim.conf comes before the environment', async () => {
    const host = {
      files: { ...NATIVE, [CLAIM_CONF]: conf({ token: TOKEN, url: 'https://conf.example' }) },
      environment: { NETDATA_CLAIM_TOKEN: TOKEN, NETDATA_CLAIM_URL: 'https://env.example' },
    };
    const { facts } = await discoverOn(host);
    expect(facts.legs.claim).toMatchObject({ host: 'conf.example', hostSource: { name: CLAIM_CONF, line: 3 } });
    expect(facts.legs.env.host).toBe('conf.example');
  });

  it('a claim.conf without a token is passed over', async () => {
    const host = {
      files: { ...NATIVE, [CLAIM_CONF]: conf({ url: 'https://conf.example' }) },
      environment: { NETDATA_CLAIM_TOKEN: TOKEN, NETDATA_CLAIM_URL: 'https://env.example' },
    };
    expect((await discoverOn(host)).facts.legs.claim.host).toBe('env.example');
  });

  it('split files use the settings of cloud.conf', async () => {
    const files = {
      ...NATIVE,
      '/var/lib/netdata/cloud.d/token': TOKEN,
      [CLOUD_CONF]: conf({ url: 'https://cloud.example', proxy: 'http://p:3128' }),
    };
    const { facts } = await discoverOn({ files });
    expect(facts.legs.claim).toMatchObject({ host: 'cloud.example', routeId: 'http_connect:p:3128' });
  });

  it('a proxy of claim.conf becomes the link’s after claiming and a restart (T1)', async () => {
    const files = { ...NATIVE, [CLAIM_CONF]: conf({ token: TOKEN, proxy: 'http://p:3128' }) };
    const discovery = await discoverOn({ files });
    expect(discovery.facts.legs.claim.routeId).toBe('http_connect:p:3128');
    expect(discovery.facts.legs.link.routeId).toBe('http_connect:p:3128');
    expect(factNames(discovery)).toEqual(['agent.proxy_not_active_yet/after_claiming']);
    expect(factOf(discovery, 'agent.proxy_not_active_yet')).toMatchObject({
      file: { path: CLAIM_CONF, line: 3 },
      legs: ['env', 'auth', 'link'],
    });
  });

  it('before 2.3.0 that needed no restart, and env never does', async () => {
    const explicit = { ...NATIVE, [CLAIM_CONF]: conf({ token: TOKEN, proxy: 'http://p:3128' }) };
    expect(factNames(await discoverOn({ files: explicit }, { agentVersion: '2.2.6' }))).toEqual([]);
    const env = { ...NATIVE, [CLAIM_CONF]: conf({ token: TOKEN, proxy: 'env' }) };
    const environment = { http_proxy: 'http://p:3128', https_proxy: 'http://p:3128' };
    expect(factNames(await discoverOn({ files: env, environment }))).toEqual([]);
  });

  it('the claim’s default proxy was none before 2.1.0', async () => {
    const host = {
      files: { ...NATIVE, [CLAIM_CONF]: conf({ token: TOKEN }) },
      environment: { https_proxy: 'http://p:1' },
    };
    expect((await routes(host, { agentVersion: '2.0.3' })).claim).toBe('direct');
    expect((await routes(host, { agentVersion: '2.1.0' })).claim).toBe('http_connect:p:1');
  });

  it('NETDATA_EXTRA_CLAIM_OPTS was read the wrong way round before 2.11.0', async () => {
    const host = (opts: string) => ({
      files: NATIVE,
      environment: { NETDATA_CLAIM_TOKEN: TOKEN, NETDATA_EXTRA_CLAIM_OPTS: opts },
    });
    const insecure = async (opts: string, agentVersion: string) =>
      (await discoverOn(host(opts), { agentVersion })).facts.legs.claim.insecure;
    expect(await insecure('-insecure', '2.11.0')).toBe(true);
    expect(await insecure('-insecurely', '2.11.0')).toBe(false);
    expect(await insecure('-insecure', '2.10.4')).toBe(false);
    expect(await insecure('-x', '2.10.4')).toBe(true);
  });
});

describe('a claimed Agent', () => {
  it('uses cloud.conf and does not look at claim.conf', async () => {
    const files = {
      ...claimed({ proxy: 'http://cloud:1' }),
      [CLAIM_CONF]: '[global] # broken\n"token" = x\nproxy = http://claim:2\n',
    };
    const discovery = await discoverOn({ files });
    expect(discovery.facts.claimed).toBe(true);
    expect(discovery.facts.legs.link.routeId).toBe('http_connect:cloud:1');
    expect(factNames(discovery, { notes: true })).toEqual(['agent.already_claimed/claimed']);
  });

  it.each([
    [CLAIMED_ID.toUpperCase(), true],
    [CLAIMED_ID.replaceAll('-', ''), true],
    [`${CLAIMED_ID} trailing`, true],
    ['00000000-0000-0000-0000-000000000000', false],
    ['', false],
    ['not-a-uuid', false],
    [CLAIMED_ID.slice(0, -1), false],
  ])('with claimed_id %j: %s', async (id, expected) => {
    const files = { ...NATIVE, [CLOUD_CONF]: conf({ claimed_id: id }) };
    expect((await discoverOn({ files })).facts.claimed).toBe(expected);
  });

  it('by the file claimed_id too', async () => {
    const files = { ...NATIVE, '/var/lib/netdata/cloud.d/claimed_id': CLAIMED_ID };
    expect((await discoverOn({ files })).facts.claimed).toBe(true);
  });

  it('is not known where cloud.d may not be entered', async () => {
    const host = { files: NATIVE, deniedDirectories: ['/var/lib/netdata/cloud.d'], uid: 1000 };
    const discovery = await discoverOn(host);
    expect(discovery.facts.claimed).toBeNull();
    expect(discovery.observations).toContainEqual(
      expect.objectContaining({ operation: 'read_config', path: CLOUD_CONF, state: 'unreadable' }),
    );
    expect(factNames(discovery, { notes: true })).toContain('agent.config_syntax/unreadable');
  });

  it('netdata.conf wins for the link (T22)', async () => {
    const files = {
      ...claimed({ proxy: 'http://cloud:1' }),
      [NETDATA_CONF]: conf({ proxy: 'http://netdata:2' }, 'cloud'),
    };
    expect((await routes({ files })).link).toBe('http_connect:netdata:2');
    const empty = { ...claimed({ proxy: 'http://cloud:1' }), [NETDATA_CONF]: conf({ proxy: '' }, 'cloud') };
    expect((await routes({ files: empty })).link).toBe('direct');
  });

  it('without a key, or with one it cannot read, never gets to the network', async () => {
    const { [KEY]: _key, ...without } = claimed();
    expect(factNames(await discoverOn({ files: without }))).toEqual(['agent.key_missing/missing']);
    const unreadable = { ...claimed(), [KEY]: { content: 'k', mode: 0o600, uid: 0 } };
    expect(factNames(await discoverOn({ files: unreadable }))).toEqual(['agent.key_missing/unreadable_for_agent']);
    const byGroup = { ...claimed(), [KEY]: { content: 'k', mode: 0o640, uid: 0, gid: 201 } };
    expect(factNames(await discoverOn({ files: byGroup }))).toEqual([]);
  });

  it('fixed its proxy when it started: later edits wait for a restart (T1)', async () => {
    const files = (mtimeMs: number) => ({
      ...claimed(),
      [CLOUD_CONF]: { content: conf({ claimed_id: CLAIMED_ID, proxy: 'http://p:1' }), mtimeMs },
    });
    const processes = [{ pid: 7, startedAtMs: 1_000_000 }];
    const environments = { 7: {} };
    expect(factNames(await discoverOn({ files: files(2_000_000), processes, environments }))).toEqual([
      'agent.proxy_not_active_yet/changed_after_start',
    ]);
    expect(factNames(await discoverOn({ files: files(500_000), processes, environments }))).toEqual([]);
  });
});

describe('whose environment counts', () => {
  const proxy = { http_proxy: 'http://p:1', https_proxy: 'http://p:1' };
  const unit = { [UNIT]: '[Service]\nEnvironment=http_proxy=http://unit:1 https_proxy=http://unit:1\n' };

  it('the daemon’s where it can be read', async () => {
    const host = { files: { ...NATIVE, ...unit }, processes: [{ pid: 7 }], environments: { 7: proxy } };
    const { facts } = await discoverOn(host);
    expect(facts).toMatchObject({
      environmentSource: 'daemon',
      process: { pid: 7, user: 'netdata', environmentReadable: true },
    });
    expect(facts.legs.link.routeId).toBe('http_connect:p:1');
  });

  it('else the unit’s', async () => {
    const host = { files: { ...NATIVE, ...unit }, processes: [{ pid: 7 }], environment: proxy };
    const { facts } = await discoverOn(host);
    expect(facts).toMatchObject({ environmentSource: 'unit', process: { environmentReadable: false } });
    expect(facts.legs.link.routeId).toBe('http_connect:unit:1');
  });

  it('else our own', async () => {
    const { facts } = await discoverOn({ environment: proxy });
    expect(facts.environmentSource).toBe('self');
    expect(facts.legs.link.routeId).toBe('http_connect:p:1');
  });

  it('--env-from chooses, and says when it cannot', async () => {
    const host = {
      files: { ...NATIVE, ...unit },
      processes: [{ pid: 7 }],
      environments: { 7: {} },
      environment: proxy,
    };
    expect((await discoverOn(host, { envFrom: 'unit' })).facts.legs.link.routeId).toBe('http_connect:unit:1');
    expect((await discoverOn(host, { envFrom: 'self' })).facts.legs.link.routeId).toBe('http_connect:p:1');
    await expect(discoverOn({}, { envFrom: 'unit' })).rejects.toThrow(UsageError);
    await expect(discoverOn({}, { envFrom: 'daemon' })).rejects.toThrow(UsageError);
  });

  it('a proxy of this shell only is said, where it would change a route (T23)', async () => {
    const files = { ...NATIVE, [UNIT]: '[Service]\n' };
    expect(factNames(await discoverOn({ files, environment: proxy }))).toEqual(['agent.env_not_daemons/shell_only']);
    const fixed = { ...claimed({ proxy: 'none' }), [UNIT]: '[Service]\n' };
    expect(factNames(await discoverOn({ files: fixed, environment: proxy }))).toEqual([]);
    expect(
      factNames(
        await discoverOn({
          files: { ...files, ...unit },
          environment: { ...proxy, http_proxy: 'http://unit:1', https_proxy: 'http://unit:1' },
        }),
      ),
    ).toEqual([]);
  });
});

describe('routes', () => {
  it('two entries when the sides decode a login differently, both named', async () => {
    const files = claimed({ proxy: 'http://u:a+b@p:1' });
    const { routes: planned, facts } = await discoverOn({ files });
    const own = planned.filter(({ usedBy }) => usedBy.length > 0);
    expect(own.map(({ id }) => id)).toEqual(['http_connect:p:1', 'http_connect:p:1#2']);
    expect(own.map(({ credentials }) => credentials?.password.reveal())).toEqual(['a+b', 'a b']);
    expect(facts.legs.claim.routeId).not.toBe(facts.legs.link.routeId);
    expect(JSON.stringify(planned)).not.toContain('a+b');
  });

  it('alternatives come last and belong to no leg', async () => {
    const files = {
      ...claimed({ proxy: 'socks5://s:1' }),
      '/etc/apt/apt.conf.d/90proxy': 'Acquire::http::Proxy "http://apt:3142/";\n',
    };
    const { routes: planned } = await discoverOn({ files, environment: { HTTPS_PROXY: 'http://shell:2' } });
    expect(planned.map(({ id, usedBy }) => [id, usedBy.length])).toEqual([
      ['socks5:s:1', 4],
      ['direct', 0],
      ['socks5h:s:1', 0],
      ['http_connect:shell:2', 0],
      ['http_connect:apt:3142', 0],
    ]);
  });

  it('what was meant by a misread value is an alternative', async () => {
    const { routes: planned } = await discoverOn({ files: claimed({ proxy: 'p.example:3128' }) });
    expect(planned.map(({ id }) => id)).toEqual(['http_connect:p.example:3128', 'direct']);
    const missing = await discoverOn({ files: claimed({ proxy: 'HTTP://q:1' }) }, { agentVersion: '2.11.0' });
    expect(missing.facts.legs.link.routeId).toBe('direct');
  });
});

describe('options', () => {
  it('replace the settings of both sides', async () => {
    const { facts } = await discoverOn(
      { files: claimed({ proxy: 'http://x:1' }) },
      { url: 'https://on-prem.example:8443', proxy: 'http://y:2', insecure: true },
    );
    for (const leg of [facts.legs.claim, facts.legs.env]) {
      expect(leg).toMatchObject({ host: 'on-prem.example', port: 8443, routeId: 'http_connect:y:2', insecure: true });
      expect(leg.hostSource).toEqual({ kind: 'option', name: '--url', line: null });
    }
  });

  it.each([
    [{ configDir: '/missing' }, '--config-dir'],
    [{ configDir: '/usr/sbin/netdata' }, '--config-dir'],
    [{ libDir: '/missing' }, '--lib-dir'],
    [{ prefix: '/missing' }, '--prefix'],
    [{ url: 'app.netdata.cloud' }, '--url'],
    [{ url: 'https://' }, '--url'],
    [{ agentVersion: 'new' }, '--agent-version'],
    [{ pid: 42 }, '42'],
  ])('%j cannot be met: one sentence', async (options, words) => {
    const attempt = discoverOn({ files: NATIVE }, options);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(words);
  });

  it('--config-dir that may not be listed is said', async () => {
    await expect(discoverOn({ deniedDirectories: ['/secret'] }, { configDir: '/secret' })).rejects.toThrow(
      '/secret cannot be read',
    );
  });

  it('--config-dir that was not answered for in time is no mistake of whoever typed it', async () => {
    const late = { ...memoryHost({ deniedDirectories: ['/secret'] }), cutOff: () => 1 };
    await expect(findInstallation(late, { configDir: '/secret' }, null)).resolves.toMatchObject({
      installation: { configDir: '/secret' },
    });
  });

  it('--prefix moves everything', async () => {
    const files = {
      '/srv/nd/usr/sbin/netdata': { content: '', mode: 0o755 },
      '/srv/nd/etc/netdata/claim.conf': conf({ token: TOKEN, proxy: 'http://p:1' }),
    };
    const { facts } = await discoverOn({ files }, { prefix: '/srv/nd' });
    expect(facts.installation).toEqual({
      found: true,
      kind: 'other',
      binary: '/srv/nd/usr/sbin/netdata',
      configDir: '/srv/nd/etc/netdata',
      libDir: '/srv/nd/var/lib/netdata',
      cloudDir: '/srv/nd/var/lib/netdata/cloud.d',
      logDir: '/srv/nd/var/log/netdata',
      libc: null,
      distribution: null,
      restart: 'sudo systemctl restart netdata',
    });
    expect(facts.legs.claim.routeId).toBe('http_connect:p:1');
  });
});

describe('installation', () => {
  it('a static one is found by itself', async () => {
    const { facts } = await discoverOn({ files: { '/opt/netdata/bin/srv/netdata': { content: '', mode: 0o755 } } });
    expect(facts.installation).toMatchObject({
      kind: 'static',
      configDir: '/opt/netdata/etc/netdata',
      libDir: '/opt/netdata/var/lib/netdata',
    });
  });

  it('netdata.conf moves directories, under their names of today and before', async () => {
    const files = {
      ...NATIVE,
      [NETDATA_CONF]: '[directories]\n config = /srv/conf\n lib = /srv/lib/\n cloud.d = /srv/cloud\n',
    };
    expect((await discoverOn({ files })).facts.installation).toMatchObject({
      configDir: '/srv/conf',
      libDir: '/srv/lib',
      cloudDir: '/srv/cloud',
    });
    const older = { ...NATIVE, [NETDATA_CONF]: '[global]\n lib directory = /old/lib\n' };
    expect((await discoverOn({ files: older })).facts.installation).toMatchObject({
      libDir: '/old/lib',
      cloudDir: '/old/lib/cloud.d',
    });
  });

  it('the key stays in the lib directory, wherever cloud.d moved (T27)', async () => {
    const files = {
      ...NATIVE,
      [NETDATA_CONF]: '[directories]\n cloud.d = /srv/cloud\n',
      '/srv/cloud/cloud.conf': conf({ claimed_id: CLAIMED_ID }),
      '/srv/cloud/private.pem': { content: 'k', mode: 0o600, uid: 201 },
    };
    const discovery = await discoverOn({ files });
    expect(discovery.facts.claimed).toBe(true);
    expect(factOf(discovery, 'agent.key_missing')?.file?.path).toBe(KEY);
  });

  it('the stock netdata.conf counts where there is no other, and -c names its own', async () => {
    const stock = { ...NATIVE, '/usr/lib/netdata/conf.d/netdata.conf': '[directories]\n lib = /stock\n' };
    expect((await discoverOn({ files: stock })).facts.installation.libDir).toBe('/stock');
    const own = { ...NATIVE, '/my.conf': '[directories]\n lib = /mine\n' };
    const processes = [{ pid: 7, argv: ['/usr/sbin/netdata', '-c', '/my.conf'] }];
    expect((await discoverOn({ files: own, processes })).facts.installation.libDir).toBe('/mine');
  });

  it('an Agent that runs with another configuration than the one asked about is not looked at', async () => {
    const files = {
      ...NATIVE,
      '/theirs/netdata.conf': '[directories]\n lib = /their/lib\n',
      '/ours/netdata.conf': '[directories]\n lib = /our/lib\n',
      '/far/away.conf': '[directories]\n config = /ours\n lib = /far/lib\n',
    };
    const theirs = { pid: 7, argv: ['/usr/sbin/netdata', '-c', '/theirs/netdata.conf'] };
    const alone = await discoverOn({ files, processes: [theirs] }, { configDir: '/ours' });
    expect(alone.facts).toMatchObject({ process: null, installation: { libDir: '/our/lib' } });

    const own = { pid: 9, argv: ['/usr/sbin/netdata', '-c', '/ours/netdata.conf'] };
    const both = await discoverOn({ files, processes: [theirs, own] }, { configDir: '/ours' });
    expect(both.facts).toMatchObject({ process: { pid: 9 }, installation: { libDir: '/our/lib' } });

    const away = { pid: 8, argv: ['/usr/sbin/netdata', '-c', '/far/away.conf'] };
    const named = await discoverOn({ files, processes: [theirs, away] }, { configDir: '/ours' });
    expect(named.facts).toMatchObject({ process: { pid: 8 }, installation: { libDir: '/far/lib' } });
  });

  it('an Agent in a container is not this host’s', async () => {
    const { facts } = await discoverOn({ files: NATIVE, processes: [{ pid: 9, sharesOurFiles: false }] });
    expect(facts.process).toBeNull();
  });
});

describe('version', () => {
  const programs = { '/usr/sbin/netdata -V': { exitCode: 0, stdout: 'netdata v2.10.3\n' } };

  it('is the program’s word', async () => {
    expect((await discoverOn({ files: NATIVE, programs })).facts.version).toEqual({
      value: '2.10.3',
      source: 'installed',
    });
    expect((await discoverOn({ files: NATIVE, programs, processes: [{ pid: 7 }] })).facts.version.source).toBe(
      'running',
    );
  });

  it('else stands in the status file, else in the package list', async () => {
    const status = {
      ...NATIVE,
      '/var/lib/netdata/status-netdata.json': '{"version":24,"agent":{"version":"v2.9.0-12-nightly"}}',
    };
    expect((await discoverOn({ files: status })).facts.version.value).toBe('2.9.0-12-nightly');
    const dpkg = {
      ...NATIVE,
      '/var/lib/dpkg/status':
        'Package: x\nVersion: 9\n\nPackage: netdata\nStatus: install ok installed\nVersion: 2.8.5\n\nPackage: y\nVersion: 8\n',
    };
    expect((await discoverOn({ files: dpkg })).facts.version.value).toBe('2.8.5');
  });

  it('decides the rules', async () => {
    const legs = async (agentVersion: string) =>
      (await discoverOn({ files: claimed({ proxy: 'socks5://s:1' }) }, { agentVersion })).facts.legs;
    expect((await legs('2.9.0')).link).toMatchObject({ routeId: 'direct', checksName: false });
    expect((await legs('2.11.0')).link).toMatchObject({ routeId: 'socks5:s:1', checksName: true });
    expect((await legs('2.11.0')).env.checksName).toBe(false);
    expect((await legs('2.12.0')).env.checksName).toBe(true);
  });
});
