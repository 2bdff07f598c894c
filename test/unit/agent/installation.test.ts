/** Which installation is judged, who runs it, and what lives beside it. */
import { describe, expect, it } from 'vitest';
import { libcOf } from '../../../src/agent/elf.js';
import { agentAccount } from '../../../src/agent/account.js';
import { findInstallation } from '../../../src/agent/installation.js';
import { readUnit } from '../../../src/agent/systemd-unit.js';
import { CLAIMED_ID, NATIVE, discoverOn, factOf } from './discover-on.js';
import { memoryHost } from './memory-host.js';
import type { MemoryHostOptions } from './memory-host.js';

const program = { content: '', mode: 0o755 };

/** A 64-bit little-endian ELF file with one program header, which names the interpreter. */
function elf(interpreter: string | null): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  bytes.set([2, 1, 1], 4);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, interpreter === null ? 1 : 3, true);
  if (interpreter !== null) {
    const name = new TextEncoder().encode(`${interpreter}\0`);
    view.setBigUint64(72, 128n, true);
    view.setBigUint64(96, BigInt(name.length), true);
    bytes.set(name, 128);
  }
  return bytes;
}

describe('the C library of a program', () => {
  it.each([
    ['/lib64/ld-linux-x86-64.so.2', 'glibc'],
    ['/lib/ld-linux-aarch64.so.1', 'glibc'],
    ['/lib/ld-musl-x86_64.so.1', 'musl'],
    ['/system/bin/linker64', null],
    [null, 'static'],
  ])('interpreter %s', (interpreter, libc) => {
    expect(libcOf(elf(interpreter))).toBe(libc);
  });

  it('is not known of what is no program, or cut anywhere', () => {
    expect(libcOf(new TextEncoder().encode('#!/bin/sh\nexec netdata\n'.repeat(10)))).toBeNull();
    const whole = elf('/lib/ld-musl-x86_64.so.1');
    for (let length = 0; length < 140; length += 1) expect(libcOf(whole.slice(0, length))).toBeNull();
    const hostile = elf('/lib/ld-musl-x86_64.so.1');
    new DataView(hostile.buffer).setBigUint64(32, 2n ** 60n, true);
    expect(libcOf(hostile)).toBeNull();
  });
});

describe('what is installed', () => {
  const at = async (files: MemoryHostOptions['files'], more: Partial<MemoryHostOptions> = {}) =>
    (await discoverOn({ files: files ?? {}, ...more })).facts;

  it('a unit that outlived its program is no Agent', async () => {
    const unit = { '/lib/systemd/system/netdata.service': '[Service]\nExecStart=/usr/sbin/netdata -D\n' };
    expect((await at(unit)).installation).toMatchObject({ found: false, binary: null });
    const whole = { ...unit, '/usr/sbin/netdata': program };
    expect((await at(whole)).installation).toMatchObject({ found: true, binary: '/usr/sbin/netdata' });
  });

  it('an ordinary build below /opt/netdata uses the system’s certificates and C library', async () => {
    const facts = await at({
      '/opt/netdata/usr/sbin/netdata': { content: elf('/lib64/ld-linux-x86-64.so.2'), mode: 0o755 },
      '/opt/netdata/etc/netdata/netdata.conf': '',
      '/usr/lib/ssl/openssl.cnf': '',
    });
    expect(facts.installation).toMatchObject({ kind: 'other', libc: 'glibc', configDir: '/opt/netdata/etc/netdata' });
    expect(facts.trustStores.find(({ id }) => id === 'link')?.paths).toEqual([
      '/usr/lib/ssl/cert.pem',
      '/usr/lib/ssl/certs',
    ]);
  });

  it('a static build is one wherever it stands, with its own certificates', async () => {
    const { facts } = await discoverOn({ files: { '/srv/nd/bin/srv/netdata': program } }, { prefix: '/srv/nd' });
    expect(facts.installation).toMatchObject({ kind: 'static', libc: 'musl' });
    expect(facts.trustStores.find(({ id }) => id === 'link')?.paths[0]).toBe('/srv/nd/etc/ssl/cert.pem');
  });

  it('a package built against musl looks names up as musl does, with the system’s certificates', async () => {
    const facts = await at({
      '/usr/sbin/netdata': { content: elf('/lib/ld-musl-x86_64.so.1'), mode: 0o755 },
      '/etc/alpine-release': '3.20',
    });
    expect(facts.installation).toMatchObject({
      kind: 'native',
      libc: 'musl',
      restart: 'sudo rc-service netdata restart',
    });
  });

  it.each([
    [{ '/opt/sbin/netdata': program }, '/opt/etc/netdata', '/opt/etc/init.d/S60netdata restart'],
    [
      { '/opt/netdata/bin/srv/netdata': program, '/etc/synoinfo.conf': '' },
      '/opt/netdata/etc/netdata',
      'sudo /etc/rc.netdata restart',
    ],
    [{ ...NATIVE, '/etc/openwrt_release': '' }, '/etc/netdata', '/etc/init.d/netdata restart'],
    [{ ...NATIVE, '/data/freenas-v1.db': '' }, '/etc/netdata', 'sudo service netdata restart'],
    [{ ...NATIVE, '/.dockerenv': '' }, '/etc/netdata', 'docker restart CONTAINER'],
    [
      { ...NATIVE, '/.dockerenv': '', '/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'x' },
      '/etc/netdata',
      'kubectl -n x rollout restart daemonset/NAME',
    ],
    [
      {
        ...NATIVE,
        '/.dockerenv': '',
        '/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'monitoring\n',
        '/etc/hostname': 'netdata-child-x7k2p\n',
      },
      '/etc/netdata',
      'kubectl -n monitoring rollout restart daemonset/netdata-child',
    ],
    [
      {
        ...NATIVE,
        '/.dockerenv': '',
        '/var/run/secrets/kubernetes.io/serviceaccount/namespace': 'monitoring',
        '/etc/hostname': 'netdata-parent-7c9d8b6f5-z4k2p',
      },
      '/etc/netdata',
      'kubectl -n monitoring rollout restart deployment/netdata-parent',
    ],
    [{ ...NATIVE, '/.dockerenv': '', '/etc/hostname': '0123456789ab' }, '/etc/netdata', 'docker restart 0123456789ab'],
    [{ ...NATIVE, '/etc/init.d/netdata': '' }, '/etc/netdata', 'sudo service netdata restart'],
    [
      { ...NATIVE, '/etc/init.d/netdata': '', '/sbin/openrc-run': '' },
      '/etc/netdata',
      'sudo rc-service netdata restart',
    ],
  ])('%j', async (files, configDir, restart) => {
    expect((await at(files)).installation).toMatchObject({ found: true, configDir, restart });
  });

  it.each([
    ['freebsd', { '/usr/local/sbin/netdata': program }, '/usr/local/etc/netdata', '/var/db/netdata'],
    ['darwin', { '/opt/homebrew/sbin/netdata': program }, '/opt/homebrew/etc/netdata', '/opt/homebrew/var/lib/netdata'],
    ['darwin', { '/usr/local/sbin/netdata': program }, '/usr/local/etc/netdata', '/usr/local/var/lib/netdata'],
  ])('on %s', async (platform, files, configDir, libDir) => {
    expect((await at(files, { platform })).installation).toMatchObject({ configDir, libDir });
  });

  it('a copied tree of a Windows host is read from its prefix', async () => {
    const files = {
      '/copy/usr/bin/netdata.exe': '',
      '/copy/etc/netdata/claim.conf': '[global]\r\nproxy = http://p:3128\r\ntoken = x\r\n',
    };
    const { facts } = await discoverOn({ files }, { prefix: '/copy' });
    expect(facts.installation).toMatchObject({ kind: 'windows', restart: 'Restart-Service Netdata' });
    expect(facts.legs.claim.routeId).toBe('http_connect:p:3128');
  });

  it('a program that runs below a prefix of its own is judged with the files of that prefix', async () => {
    const exe = '/srv/nd/usr/sbin/netdata';
    const facts = await at(
      { ...NATIVE, [exe]: program, '/srv/nd/etc/netdata/netdata.conf': '' },
      { processes: [{ pid: 7, exe }] },
    );
    expect(facts.installation.configDir).toBe('/srv/nd/etc/netdata');
  });
});

it('the program below a prefix that was asked for goes before one that runs or whose unit is here', async () => {
  const below = '/srv/nd/usr/sbin/netdata';
  const files = { ...NATIVE, [below]: program, '/srv/nd/etc/netdata/netdata.conf': '' };
  const { facts } = await discoverOn(
    { files, processes: [{ pid: 7, exe: '/usr/sbin/netdata' }] },
    { prefix: '/srv/nd' },
  );
  expect(facts.installation.binary).toBe(below);
});

const UNIT = '/lib/systemd/system/netdata.service';

describe('who runs it', () => {
  const accountOn = async (options: MemoryHostOptions) => {
    const reader = memoryHost({ users: { netdata: { uid: 201, gid: 201 }, mon: { uid: 77, gid: 70 } }, ...options });
    const unit = await readUnit(reader);
    return agentAccount(reader, await findInstallation(reader, {}, unit), unit);
  };
  const conf = (user: string) => ({ ...NATIVE, '/etc/netdata/netdata.conf': `[global]\n run as user = ${user}\n` });

  it.each([
    [conf('root'), 0],
    [conf('mon'), 77],
    [conf(''), 201],
    [NATIVE, 201],
    [{ ...conf('root'), '/lib/systemd/system/netdata.service': '[Service]\nUser=mon\n' }, 77],
    [{ ...conf('root'), '/lib/systemd/system/netdata.service': '[Service]\nUser=root\n' }, 0],
    [{ ...conf('root'), [UNIT]: '[Service]\nExecStart=/usr/sbin/netdata -D -u mon -P /run/x.pid\n' }, 77],
    [{ ...conf('mon'), [UNIT]: '[Service]\nExecStart=/usr/sbin/netdata -D -uroot\n' }, 0],
    [{ ...conf('root'), [UNIT]: '[Service]\nUser=mon\nExecStart=/usr/sbin/netdata -u root\n' }, 77],
    [{ ...conf('mon'), [UNIT]: '[Service]\nExecStart=/usr/sbin/netdata -u root\nExecStart=\n' }, 77],
  ])('%j', async (files, uid) => {
    expect(await accountOn({ files })).toMatchObject({ uid });
  });

  it('a process tells it by itself, and an account that does not exist is not known', async () => {
    expect(await accountOn({ files: conf('mon'), processes: [{ pid: 5, uid: 0, gid: 0 }] })).toMatchObject({
      uid: 0,
    });
    expect(await accountOn({ files: conf('nobody-here') })).toBeNull();
  });

  it('the unit of another installation, or of one that is gone, does not say who runs this one', async () => {
    const unit = (to: string) => ({ ...conf('root'), [UNIT]: `[Service]\nUser=mon\nExecStart=${to} -D\n` });
    const keyed = (files: MemoryHostOptions['files']) => ({
      ...files,
      '/var/lib/netdata/cloud.d/cloud.conf': `[global]\nclaimed_id = ${CLAIMED_ID}\n`,
      '/var/lib/netdata/cloud.d/private.pem': { content: 'k', mode: 0o600, uid: 0 },
    });
    const users = { netdata: { uid: 201, gid: 201 }, mon: { uid: 77, gid: 70 } };
    const missing = async (to: string) =>
      factOf(await discoverOn({ files: keyed(unit(to)), users }), 'agent.key_missing') !== undefined;
    expect(await missing('/usr/sbin/netdata')).toBe(true);
    expect(await missing('/opt/gone/netdata')).toBe(false);
  });

  it('root reads a key that only root may read: the key is not missing', async () => {
    const claimed = {
      ...conf('root'),
      '/var/lib/netdata/cloud.d/cloud.conf': `[global]\nclaimed_id = ${CLAIMED_ID}\n`,
      '/var/lib/netdata/cloud.d/private.pem': { content: 'k', mode: 0o600, uid: 0 },
    };
    expect(factOf(await discoverOn({ files: claimed }), 'agent.key_missing')).toBeUndefined();
    const dropped = { ...claimed, '/etc/netdata/netdata.conf': '' };
    expect(factOf(await discoverOn({ files: dropped }), 'agent.key_missing')).toBeDefined();
  });
});

describe('Agents that live in namespaces of their own', () => {
  const proxied = { http_proxy: 'http://theirs:3128', https_proxy: 'http://theirs:3128' };

  it.each([
    ['container', { sharesOurFiles: false, sharesOurNetwork: false }],
    ['network', { sharesOurNetwork: false }],
    ['process_numbers', { sharesOurPids: false }],
  ])('%s: neither their environment nor their settings are used, and the Agent is named', async (kind, entry) => {
    const discovery = await discoverOn({ processes: [{ pid: 4242, ...entry }], environments: { 4242: proxied } });
    expect(discovery.facts.process).toBeNull();
    expect(discovery.facts.legs.link.routeId).toBe('direct');
    expect(factOf(discovery, 'agent.in_container')).toMatchObject({ data: { kind, pid: 4242, alone: true } });
    expect(factOf(discovery, 'agent.not_installed')).toBeUndefined();
  });

  it('what could not be told is taken for ours', async () => {
    const entry = { pid: 7, sharesOurFiles: null, sharesOurNetwork: null, sharesOurPids: null };
    const { facts } = await discoverOn({ files: NATIVE, processes: [entry], environments: { 7: proxied } });
    expect(facts.process?.pid).toBe(7);
  });

  it('the one that is asked for is judged, and said to be elsewhere', async () => {
    const { facts } = await discoverOn(
      { files: NATIVE, processes: [{ pid: 4242, sharesOurNetwork: false }], environments: { 4242: proxied } },
      { pid: 4242 },
    );
    expect(facts.process).toMatchObject({ pid: 4242, ownNamespaces: true });
    expect(facts.legs.link.routeId).toBe('http_connect:theirs:3128');
  });

  it('of many, three are named', async () => {
    const processes = [1, 2, 3, 4, 5].map((pid) => ({ pid, sharesOurFiles: false as const }));
    const { facts } = await discoverOn({ files: NATIVE, processes });
    const named = facts.facts.filter(({ finding }) => finding === 'agent.in_container');
    expect(named).toHaveLength(3);
    expect(named.at(-1)?.text).toContain('and 2 more');
  });
});

describe('two Agents on a host', () => {
  const both = {
    ...NATIVE,
    '/etc/netdata/netdata.conf': '',
    '/opt/netdata/bin/srv/netdata': program,
    '/opt/netdata/var/lib/netdata/cloud.d/claimed_id': CLAIMED_ID,
  };

  it('the one that runs is judged, the other is named with what it is', async () => {
    const discovery = await discoverOn({ files: both, processes: [{ pid: 7, exe: '/usr/sbin/netdata' }] });
    expect(discovery.facts.installation.configDir).toBe('/etc/netdata');
    expect(factOf(discovery, 'agent.two_installations')).toMatchObject({
      data: { kind: 'other_is_claimed', other: '/opt/netdata/etc/netdata', otherClaimed: true },
    });
    const other = await discoverOn({ files: both, processes: [{ pid: 7, exe: '/opt/netdata/bin/srv/netdata' }] });
    expect(other.facts.installation.kind).toBe('static');
    expect(factOf(other, 'agent.two_installations')?.text).toContain('/etc/netdata');
  });

  it('a prefix that only holds a claimed id is one too', async () => {
    const { '/opt/netdata/bin/srv/netdata': _gone, ...files } = both;
    expect(factOf(await discoverOn({ files }), 'agent.two_installations')?.data['otherClaimed']).toBe(true);
  });

  it('two that run are both named', async () => {
    const processes = [
      { pid: 7, exe: '/usr/sbin/netdata' },
      { pid: 9, uid: 0, exe: '/opt/netdata/bin/srv/netdata' },
    ];
    const { facts } = await discoverOn({ files: both, processes });
    expect(facts.process?.pid).toBe(7);
    expect(facts.facts.filter(({ data }) => data['kind'] === 'two_running')).toMatchObject([{ data: { pid: 9 } }]);
  });

  it('one alone is no news, nor is the rest of a host whose place was asked for', async () => {
    expect(factOf(await discoverOn({ files: NATIVE }), 'agent.two_installations')).toBeUndefined();
    const asked = await discoverOn({ files: both }, { configDir: '/etc/netdata' });
    expect(factOf(asked, 'agent.two_installations')).toBeUndefined();
  });
});

it('certificates are read as the running Agent sees them: with the mounts of its service', async () => {
  const mounted = { '/etc/ssl/certs/ca-certificates.crt': '' };
  const pem = '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n';
  const files = { ...NATIVE, '/etc/ssl/certs/ca-certificates.crt': pem };
  const held = async (seenBy: Record<number, Record<string, string>>) =>
    (await discoverOn({ files, processes: [{ pid: 7 }], seenBy })).facts.trustStores.find(({ id }) => id === 'system')
      ?.certificates;
  expect(await held({})).toBe(1);
  expect(await held({ 7: mounted })).toBe(0);
});
