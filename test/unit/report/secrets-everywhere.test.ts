/**
 * Secrets in every input of a real run: options, files, environment, and everything a peer may throw back (headers,
 * pages, certificates, error texts). None may come out in any form of the report, nor on the progress line.
 */
import { randomBytes } from 'node:crypto';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostReader } from '../../../src/agent/reader.js';
import { hostEnvironment } from '../../../src/cli/doctor/host-deps.js';
import { doctorOptions } from '../../../src/cli/doctor/options.js';
import { progressText } from '../../../src/cli/doctor/progress-text.js';
import { runDoctor, type DoctorDeps } from '../../../src/cli/doctor/run-doctor.js';
import { safeReport } from '../../../src/cli/doctor/safe-report.js';
import { letter } from '../../../src/report/letter.js';
import { plainPaint } from '../../../src/report/paint.js';
import { formats } from '../../../src/report/registry.js';
import { mint, type Minted } from '../../helpers/net/certificates.js';

const piece = (): string => `Q${randomBytes(5).toString('hex')}z`;
const b64 = (text: string): string => Buffer.from(text).toString('base64');
const percent = (text: string): string =>
  Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

interface Planted {
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly claimedId: string;
  readonly guid: string;
}

/** Echoes what it knows in every spelling, as a careless page would. */
function spellings({ user, password, token, claimedId, guid }: Planted): string {
  const login = `${user}:${password}`;
  return [
    user,
    password,
    token,
    claimedId,
    guid,
    login,
    encodeURIComponent(password),
    percent(password),
    encodeURIComponent(login),
    b64(login),
    b64(password),

    JSON.stringify({ password }),
    password.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),

    `http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1/`,
    Buffer.from(password).toString('hex'),
  ].join(' | ');
}

/** What must not be found: each piece, however it is written. */
function needles(planted: Planted): string[] {
  const login = `${planted.user}:${planted.password}`;
  const pieces = `${login} ${planted.token}`.match(/[A-Za-z0-9]{6,}/g) ?? [];
  const whole = [
    planted.claimedId,
    planted.claimedId.replaceAll('-', ''),
    planted.guid,
    planted.guid.replaceAll('-', ''),
  ];
  const encoded = [planted.password, login].flatMap((text) => [
    b64(text).replace(/=+$/, ''),
    Buffer.from(text).toString('base64url'),
  ]);
  return [
    ...pieces,
    ...whole,
    ...encoded,
    ...pieces.flatMap((text) => [percent(text), Buffer.from(text).toString('hex')]),
  ];
}

type Peer = 'refuses' | 'garbles' | 'inspects';

/** A proxy that talks too much. */
function proxyServer(peer: () => Peer, planted: () => Planted, certificate: () => Minted): Server {
  const answer = (status: string, extra = ''): string => {
    const text = spellings(planted()).replace(/[\r\n]/g, ' ');
    const page = `<html><title>denied ${planted().password}</title><body>${text}</body></html>`;
    return `HTTP/1.1 ${status}\r\nX-Echo: ${text}\r\nSet-Cookie: sid=${planted().token}\r\n${extra}Content-Length: ${Buffer.byteLength(page)}\r\n\r\n${page}`;
  };
  const onTunnel = (socket: Socket): void => {
    const { pem, keyPem } = certificate();
    const tls = new TLSSocket(socket, { isServer: true, cert: pem, key: keyPem });
    tls.on('error', () => undefined);
    tls.once('data', () => tls.end(answer('403 Forbidden')));
  };
  return createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      if (peer() === 'garbles') socket.end(`${bytes.toString('latin1')} ${spellings(planted())}`);
      else if (peer() === 'refuses' || !bytes.toString('latin1').startsWith('CONNECT')) {
        socket.end(
          answer('407 Proxy Authentication Required', `Proxy-Authenticate: Basic realm="${planted().user}"\r\n`),
        );
      } else {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onTunnel(socket);
      }
    });
  });
}

function reader(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>>): HostReader {
  const names = (path: string): string[] => [
    ...new Set(
      Object.keys(files)
        .filter((f) => f.startsWith(`${path}/`))
        .map((f) => f.slice(path.length + 1).split('/')[0] ?? ''),
    ),
  ];
  const stat = (type: 'file' | 'directory', size: number) => ({ type, size, uid: 0, gid: 0, mode: 0o644, mtimeMs: 0 });
  return {
    platform: 'linux',
    hostname: 'lab',
    uid: null,
    environment: new Map(Object.entries(environment)),
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) return Promise.resolve({ state: 'missing' });
      return Promise.resolve({ state: 'read', bytes: new TextEncoder().encode(text), truncated: false });
    },
    stat: (path) => {
      const text = files[path];
      if (text !== undefined) return Promise.resolve(stat('file', text.length));
      return Promise.resolve(names(path).length > 0 ? stat('directory', 0) : 'missing');
    },
    readDir: (path) => Promise.resolve(names(path).length > 0 ? names(path) : null),
    realPath: (path) => Promise.resolve(files[path] === undefined ? null : path),
    agentProcesses: () => Promise.resolve([]),
    process: () => Promise.resolve(null),
    seenBy: () => null,
    environmentOf: () => Promise.resolve(null),
    userName: () => Promise.resolve(null),
    userId: () => Promise.resolve(null),
    groupId: () => Promise.resolve(null),
    run: () => Promise.resolve(null),
  };
}

const everything = { paint: plainPaint, width: 120, unicode: true, verbose: 2 };
const GLUE = ['@', ':', '/', '%', '+', '"', "'", '\\', '#', '?', ' ', '%40', '&', '@:/'] as const;

describe('secrets in every input of a run', () => {
  let peer: Peer = 'refuses';
  let planted: Planted;
  let certificate: Minted;
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    server = proxyServer(
      () => peer,
      () => planted,
      () => certificate,
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  async function run(where: 'files' | 'environment' | 'option', spelled: 'raw' | 'encoded'): Promise<string> {
    const enc = spelled === 'raw' ? (text: string) => text : encodeURIComponent;
    const proxy = `http://${enc(planted.user)}:${enc(planted.password)}@127.0.0.1:${port}`;
    const ini = where === 'files' ? `proxy = ${proxy}\n` : where === 'environment' ? 'proxy = env\n' : '';
    const cloudDir = '/var/lib/netdata/cloud.d';
    const files = {
      '/usr/sbin/netdata': '',
      '/etc/netdata/claim.conf': `[global]\nurl = https://app.netdata.cloud\ntoken = ${planted.token}\n${ini}odd ${planted.token} line\n`,
      '/etc/netdata/netdata.conf': `[cloud]\n  proxy = ${proxy}\n  token "${planted.token}"\n`,
      [`${cloudDir}/cloud.conf`]: `[global]\nurl = https://app.netdata.cloud\n${ini}claimed_id = ${planted.claimedId}\nmachine_guid = ${planted.guid}\ntoken = ${planted.token}\n`,
      [`${cloudDir}/claimed_id`]: planted.claimedId,
      [`${cloudDir}/token`]: planted.token,
      [`${cloudDir}/private.pem`]: `-----BEGIN RSA PRIVATE KEY-----\n${planted.token}\n-----END RSA PRIVATE KEY-----\n`,
      '/var/lib/netdata/registry/netdata.public.unique.id': planted.guid,
      '/etc/environment': `https_proxy=${proxy}\n`,
    };
    const variables =
      where === 'environment'
        ? { http_proxy: proxy, HTTPS_PROXY: proxy, all_proxy: proxy, NETDATA_CLAIM_TOKEN: planted.token }
        : {};
    const progress: string[] = [];
    const base = {
      transactionId: 'host',
      targetId: null,
      leg: null,
      routeId: null,
      role: { kind: 'path' },
      address: null,
      t0Ms: 0,
      tMs: 1,
      failure: null,
    } as const;
    const told = spellings(planted);
    const deps: DoctorDeps = {
      reader: reader(files, variables),
      network: {
        resolvers: [],
        hosts: [],
        defaultRoute4: true,
        defaultRoute6: false,
        gateway4: null,
        gateway6: null,
        resolvConfError: null,
      },
      environment: hostEnvironment(null, null, null),
      toolVersion: '0',
      knownAddresses: [],
      mozillaRoots: [],
      interrupt: new AbortController().signal,
      readLocalFirewall: () =>
        Promise.resolve([
          {
            ...base,
            id: 'read_local_firewall-1',
            operation: 'read_local_firewall',
            manager: 'nft',
            rules: [{ where: 'a', text: `comment "${told}"`, action: 'drop', matches: null, owner: planted.user }],
          },
        ]),
      askAgentStatus: () =>
        Promise.resolve({
          answers: Promise.resolve([
            {
              ...base,
              id: 'read_agent_status-1',
              operation: 'read_agent_status',
              source: 'netdatacli',
              status: 'offline',
              reason: told,
              proxy,
              nextAttemptAt: null,
              reconnectCount: null,
              version: null,
            },
          ]),
        }),
      asAgentUser: (work) => work(),
      notChecked: [],
      onObservation: (observation) => progress.push(progressText(observation) ?? ''),
      lookup: (hostname, _options, callback) => {
        const failure = new Error(`getaddrinfo ENOTFOUND ${hostname} ${told}`);
        callback(Object.assign(failure, { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), []);
      },
      translate: () => '127.0.0.1',
    };
    const flags = { stepTimeout: 2000, timeout: 4000, ...(where === 'option' ? { proxy } : {}) };
    const safe = safeReport(await runDoctor(doctorOptions(flags), deps), { mode: 'standard' }).report;
    const forms = Object.values(formats).map((format) => format.render(safe, everything));
    return [...forms, letter(safe), ...progress].join('\n');
  }

  it('none comes out in any form', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...GLUE), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('files' as const, 'environment' as const, 'option' as const),
        fc.constantFrom('raw' as const, 'encoded' as const),
        fc.constantFrom<Peer>('refuses', 'garbles', 'inspects'),
        async (glue, where, spelled, behaviour) => {
          peer = behaviour;
          planted = {
            user: piece(),
            password: glue.reduce((text, between) => `${text}${between}${piece()}`, piece()),
            token: `tk${piece()}${piece()}`,
            claimedId: '5c6f0c9e-1d2b-4c3a-8f7e-6a5b4c3d2e1f',
            guid: 'b0c1d2e3-4f5a-11ee-9c43-0242ac12ab02',
          };
          certificate = await mint({ subject: `CN=${planted.user} ${planted.token}`, names: ['app.netdata.cloud'] });
          const out = await run(where, spelled);
          const found = needles(planted).filter((needle) => out.includes(needle));
          const around = found.map((needle) =>
            out.slice(Math.max(0, out.indexOf(needle) - 80), out.indexOf(needle) + 60),
          );
          expect(around).toEqual([]);
          // It did look: the peer was talked to, and something was hidden.
          expect(out).toContain('[hidden');
        },
      ),
      { numRuns: Number(process.env['REPORT_SECRET_RUNS'] ?? 8) },
    );
  });
});
