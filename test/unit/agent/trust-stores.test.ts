import { describe, expect, it } from 'vitest';
import { pemCertificates } from '../../../src/agent/pem.js';
import { readTrustStores } from '../../../src/agent/trust-stores.js';
import type { Account } from '../../../src/agent/account.js';
import type { Installed } from '../../../src/agent/installation.js';
import { memoryHost } from './memory-host.js';
import type { MemoryHostOptions } from './memory-host.js';

const pem = (name: string): string =>
  `# ${name}\n-----BEGIN CERTIFICATE-----\n${Buffer.from(`certificate ${name}`).toString('base64')}\n-----END CERTIFICATE-----\n`;
const DEBIAN = '/usr/lib/ssl/openssl.cnf';
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const OWN = '/var/lib/netdata/cloud.d/trusted.pem';

async function stores(
  files: NonNullable<MemoryHostOptions['files']>,
  options: { environment?: Record<string, string>; prefix?: string; denied?: string[]; account?: Account } = {},
) {
  const installed = {
    installation: { cloudDir: '/var/lib/netdata/cloud.d' },
    staticPrefix: options.prefix ?? null,
  } as unknown as Installed;
  const host = memoryHost({ files, deniedDirectories: options.denied ?? [] });
  const environment = new Map(Object.entries(options.environment ?? {}));
  const result = await readTrustStores(host, installed, environment, [pem('mozilla')], options.account);
  const byId = new Map(result.stores.map((store) => [store.facts.id, store]));
  const names = (id: string): string[] =>
    (byId.get(id)?.certificates ?? []).map((text) =>
      Buffer.from(text.split('\n')[1] ?? '', 'base64')
        .toString()
        .replace('certificate ', ''),
    );
  return { result, byId, names };
}

describe('on Debian', () => {
  const files = {
    [DEBIAN]: '',
    [BUNDLE]: pem('a') + pem('b'),
    '/usr/lib/ssl/certs/01234567.0': pem('a'),
    '/usr/lib/ssl/certs/89abcdef.0': pem('b'),
    '/usr/lib/ssl/certs/89abcdef.1': pem('local'),
    '/usr/lib/ssl/certs/unhashed.pem': pem('unhashed'),
    '/usr/lib/ssl/certs/11111111.1': pem('gap'),
    '/usr/lib/ssl/certs/ABCDEF00.0': pem('upper case'),
    '/etc/ssl/certs/22222222.0': pem('directory of libcurl'),
  };

  it('the link finds certificates by hashed names without gaps only', async () => {
    const { names, byId } = await stores(files);
    expect(names('link')).toEqual(['a', 'b', 'local']);
    expect(byId.get('link')?.facts.problem).toBeNull();
  });

  it('the claim has the bundle and the directory that is built into libcurl', async () => {
    const { names } = await stores(files);
    expect(names('claim')).toEqual(['a', 'b', 'directory of libcurl']);
    expect(names('system')).toEqual(['a', 'b']);
    expect(names('mozilla')).toHaveLength(1);
  });

  it('trusted.pem takes the place of the bundle, not of the directory, and is nothing to the link', async () => {
    const { names, result } = await stores({ ...files, [OWN]: pem('own') });
    expect(names('claim')).toEqual(['own', 'directory of libcurl']);
    expect(names('trusted_pem')).toEqual(['own']);
    expect(names('link')).not.toContain('own');
    expect(result.claimOwnFile).toEqual({ state: 'file', path: OWN });
  });

  it('cloud_fullchain.pem is second', async () => {
    const old = '/var/lib/netdata/cloud.d/cloud_fullchain.pem';
    expect((await stores({ ...files, [old]: pem('old') })).names('trusted_pem')).toEqual(['old']);
    expect((await stores({ ...files, [old]: pem('old'), [OWN]: pem('own') })).names('trusted_pem')).toEqual(['own']);
  });

  it('each variable replaces its half of the link only', async () => {
    const more = { ...files, '/x/file.pem': pem('file'), '/x/dir/33333333.0': pem('dir'), '/y/44444444.0': pem('y') };
    const file = await stores(more, { environment: { SSL_CERT_FILE: '/x/file.pem' } });
    expect(file.names('link')).toEqual(['file', 'a', 'b', 'local']);
    expect(file.names('claim')).toEqual(['a', 'b', 'directory of libcurl']);
    const dir = await stores(more, { environment: { SSL_CERT_DIR: '/x/dir:/y' } });
    expect(dir.names('link')).toEqual(['dir', 'y']);
    expect(dir.result.replacedByVariable).toEqual(['SSL_CERT_DIR']);
  });

  it('the Agent’s stores lack what its user may not read, whoever we are', async () => {
    const account = { name: 'netdata', uid: 201, gids: [201] };
    const old = '/var/lib/netdata/cloud.d/cloud_fullchain.pem';
    const secret = (name: string) => ({ content: pem(name), mode: 0o600, uid: 0 });
    const hidden = await stores({ ...files, [OWN]: secret('own') }, { account });
    expect(hidden.names('claim')).toEqual(['a', 'b', 'directory of libcurl']);
    expect(hidden.result.claimOwnFile).toEqual({ state: 'none', unreadable: OWN });
    const second = await stores({ ...files, [OWN]: secret('own'), [old]: pem('old') }, { account });
    expect(second.result.claimOwnFile).toEqual({ state: 'file', path: old, unreadable: OWN });
    expect(second.names('claim')).toEqual(['old', 'directory of libcurl']);
    const variable = { SSL_CERT_FILE: '/root/ca.pem', SSL_CERT_DIR: '/none' };
    const link = await stores({ ...files, '/root/ca.pem': secret('ca') }, { account, environment: variable });
    expect(link.names('link')).toEqual([]);
    expect(link.byId.get('link')?.facts.problem).toContain('may not be read by the Agent');
    const readable = await stores({ ...files, [OWN]: { content: pem('own'), mode: 0o640, gid: 201 } }, { account });
    expect(readable.names('trusted_pem')).toEqual(['own']);
  });

  it('does not know what it may not see', async () => {
    const { result } = await stores(files, { denied: ['/var/lib/netdata'] });
    expect(result.claimOwnFile).toEqual({ state: 'unknown' });
  });
});

describe('elsewhere', () => {
  it('on RHEL both sides come from /etc/pki/tls, and trusted.pem leaves nothing else', async () => {
    const files = { '/etc/pki/tls/cert.pem': pem('r'), '/etc/pki/tls/certs/ca-bundle.crt': pem('r') };
    const { names, byId } = await stores(files);
    expect(names('link')).toEqual(['r']);
    expect(names('claim')).toEqual(['r']);
    // Same content, same array: a chain is judged once.
    expect(byId.get('link')?.certificates).toBe(byId.get('claim')?.certificates);
    expect((await stores({ ...files, [OWN]: pem('own') })).names('claim')).toEqual(['own']);
  });

  it('a static build has its own', async () => {
    const files = {
      [DEBIAN]: '',
      [BUNDLE]: pem('system'),
      '/opt/netdata/etc/ssl/certs/ca-certificates.crt': pem('bundled'),
      '/opt/netdata/etc/ssl/certs/55555555.0': pem('hashed'),
    };
    const { names } = await stores(files, { prefix: '/opt/netdata' });
    expect(names('claim')).toEqual(['bundled']);
    expect(names('link')).toEqual(['hashed']);
    expect(names('system')).toEqual(['system']);
  });

  it('an empty host has a problem, not a crash', async () => {
    const { byId, result } = await stores({});
    for (const id of ['link', 'claim', 'system']) {
      expect(byId.get(id)?.certificates).toEqual([]);
      expect(byId.get(id)?.facts.problem).toContain('does not exist');
      expect(result.failures.get(id)?.kind).toBe('file_not_found');
    }
  });
});

describe('pemCertificates', () => {
  it('takes what OpenSSL takes and skips the rest', () => {
    const text = `text\n${pem('a').replaceAll('\n', '\r\n')}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${pem('b').replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')}-----BEGIN CERTIFICATE-----\nnever ended`;
    expect(pemCertificates(text)).toHaveLength(2);
    expect(pemCertificates(pem('a'))[0]).toBe(pemCertificates(text)[0]);
  });
});
