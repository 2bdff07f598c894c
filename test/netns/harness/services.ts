/**
 * The real programs of a lab, started once when a case first needs them and shared by the cases that follow:
 * proxies in the proxy namespace, a broker in the cloud's.
 */
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as at from './addresses.js';
import { must, run, startService, until, type Service } from './exec.js';
import { inside, type Namespaces } from './namespaces.js';
import { makeView } from './view.js';

export type ServiceName = 'squid' | 'tinyproxy' | 'dante' | 'mitmproxy' | 'mosquitto' | 'odd';

/** Ports of the proxies; each is one policy. */
export const PORT = {
  squid: 3128,
  squidTls: 3129,
  squidBasic: 3130,
  squidDeniesMqtt: 3131,
  squidDeniesPort: 3132,
  squidOn8080: 8080,
  tinyproxy: 8888,
  /** Ends a tunnel that was idle for 3 s. */
  tinyproxyImpatient: 8889,
  dante: 1080,
  danteAuth: 1081,
  mitmproxy: 8081,
  nothing: 3999,
  odd201: 9001,
  oddHttp10: 9002,
  oddLongHeader: 9003,
  oddBody: 9004,
  oddSilent: 9005,
  oddNegotiate: 9006,
  oddLineFeeds: 9007,
  oddOwnPage: 9008,
  oddCloses: 9009,
  odd502: 9010,
  oddInterim: 9011,
  oddDigest: 9012,
  oddSlow: 9013,
  oddStrict: 9014,
  oddBasic: 9015,
  oddTwoSeconds: 9021,
  oddLongValue: 9022,
  oddNoSpace: 9023,
  oddChunked: 9024,
  oddNoColon: 9031,
  oddTwoSpaces: 9032,
  oddNoReason: 9033,
  oddNamed: 9016,
  oddDrips: 9017,
  oddSocks: 9018,
  oddLateBody: 9041,
  oddLateWords: 9042,
  oddMiddleValue: 9025,
  oddClose: 9026,
  oddOneAndHalf: 9028,
  oddFiveSeconds: 9029,
} as const;

/** Users of squid's Basic port and of dante's user port, with passwords that are awkward in URLs. */
export const USERS = { agent: 's3cret', plus: 'p+x', at: 'p@ss', colon: 'a:b', percent: '100%' } as const;

export interface ServiceHome {
  readonly ns: Namespaces;
  readonly directory: string;
  readonly pki: string;
  readonly services: string;
}

type Starter = (home: ServiceHome) => Promise<Service[]>;

export const STARTERS: Readonly<Record<ServiceName, Starter>> = {
  squid: startSquid,
  tinyproxy: async (home) => [
    await startTinyproxy(home, PORT.tinyproxy, 60),
    await startTinyproxy(home, PORT.tinyproxyImpatient, 3),
  ],
  dante: startDante,
  mitmproxy: async (home) => {
    const confdir = join(home.directory, 'mitmproxy');
    await mkdir(confdir, { recursive: true });
    await copyFile(join(home.pki, 'ca-inspector.with-key.pem'), join(confdir, 'mitmproxy-ca.pem'));
    const upstream = `ssl_verify_upstream_trusted_ca=${join(home.pki, 'ca-cloud.pem')}`;
    const args = ['-q', '-p', String(PORT.mitmproxy), '--set', `confdir=${confdir}`, '--set', upstream];
    return [await inProxy(home, 'mitmproxy', ['mitmdump', ...args], [PORT.mitmproxy], 30_000)];
  },
  mosquitto: startMosquitto,
  odd: async (home) => {
    const names = { [at.APP]: at.APP4, [at.API]: at.API4, [at.MQTT]: at.MQTT4 };
    const documents = [PORT, names, USERS].map((document) => JSON.stringify(document));
    const args = ['node', join(home.services, 'odd-proxy.js'), ...documents];
    return [await inProxy(home, 'odd', args, [PORT.odd201])];
  },
};

async function startTinyproxy(home: ServiceHome, port: number, idleSeconds: number): Promise<Service> {
  const name = `tinyproxy-${port}`;
  const file = join(home.directory, `${name}.conf`);
  await writeFile(
    file,
    `Port ${port}\nListen ${at.PROXY4}\nTimeout ${idleSeconds}\nMaxClients 40\nConnectPort 443\nLogLevel Error\n`,
  );
  return inProxy(home, name, ['tinyproxy', '-d', '-c', file], [port]);
}

async function startSquid(home: ServiceHome): Promise<Service[]> {
  const passwords = join(home.directory, 'squid.passwords');
  const lines: string[] = [];
  for (const [user, password] of Object.entries(USERS)) {
    const { stdout } = await must('openssl', ['passwd', '-apr1', password]);
    lines.push(`${user}:${stdout.trim()}`);
  }
  await writeFile(passwords, `${lines.join('\n')}\n`);
  const [cert, key] = [join(home.directory, 'squid.pem'), join(home.directory, 'squid.key')];
  await copyFile(join(home.pki, 'proxy.pem'), cert);
  await copyFile(join(home.pki, 'proxy.key'), key);
  for (const file of [passwords, cert, key]) await chmod(file, 0o644);
  const file = join(home.directory, 'squid.conf');
  await writeFile(
    file,
    [
      `http_port ${PORT.squid} name=open`,
      `https_port ${PORT.squidTls} name=tls tls-cert=${cert} tls-key=${key}`,
      `http_port ${PORT.squidBasic} name=basic`,
      `http_port ${PORT.squidDeniesMqtt} name=denies_mqtt`,
      `http_port ${PORT.squidDeniesPort} name=denies_port`,
      `http_port ${PORT.squidOn8080} name=alt`,
      `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${passwords}`,
      'auth_param basic realm Corporate proxy',
      'auth_param basic children 2',
      'acl on_basic myportname basic',
      'acl on_denies_mqtt myportname denies_mqtt',
      'acl on_denies_port myportname denies_port',
      `acl mqtt dstdomain -n ${at.MQTT}`,
      'acl users proxy_auth REQUIRED',
      'acl odd_ports port 8443',
      'http_access deny on_denies_mqtt mqtt',
      'http_access deny on_denies_port !odd_ports',
      'http_access deny on_basic !users',
      'http_access allow all',
      'dns_nameservers 10.88.0.1',
      'cache deny all',
      'access_log none',
      'cache_log stdio:/dev/null',
      'pid_filename none',
      'shutdown_lifetime 0 seconds',
      'connect_timeout 3 seconds',
      'forward_timeout 4 seconds',
      'visible_hostname proxy.corp.example',
      'cache_mgr proxyteam@corp.example',
      'coredump_dir /tmp',
      'netdb_filename none',
      'pinger_enable off',
      '',
    ].join('\n'),
  );
  return [await inProxy(home, 'squid', ['squid', '-N', '-f', file], [PORT.squid, PORT.squidBasic], 15_000)];
}

async function startDante(home: ServiceHome): Promise<Service[]> {
  const services: Service[] = [];
  for (const [name, port, method] of [
    ['dante', PORT.dante, 'none'],
    ['dante-auth', PORT.danteAuth, 'username'],
  ] as const) {
    const file = join(home.directory, `${name}.conf`);
    await writeFile(
      file,
      [
        'logoutput: stderr',
        `internal: ${at.PROXY4} port = ${port}`,
        'external: eth0',
        `socksmethod: ${method}`,
        'clientmethod: none',
        'user.privileged: root',
        'user.unprivileged: nobody',
        'client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }',
        // One keyword a line: its parser takes a longer line for a syntax error.
        'socks pass {',
        ' from: 0.0.0.0/0 to: 0.0.0.0/0',
        ' command: connect',
        ' protocol: tcp',
        ` socksmethod: ${method}`,
        '}',
        '',
      ].join('\n'),
    );
    services.push(await inProxy(home, name, ['danted', '-f', file, '-N', '2'], [port], 15_000));
  }
  return services;
}

async function startMosquitto(home: ServiceHome): Promise<Service[]> {
  const file = join(home.directory, 'mosquitto.conf');
  await writeFile(
    file,
    [
      // 2.0.11 ends at once when it has WebSocket listeners only.
      'listener 1883 127.0.0.1',
      'listener 8443',
      'protocol websockets',
      `certfile ${join(home.pki, 'good.pem')}`,
      `keyfile ${join(home.pki, 'good.key')}`,
      'allow_anonymous false',
      'user root',
      'log_dest stderr',
      '',
    ].join('\n'),
  );
  const [command, ...args] = inside(home.ns.cloud);
  const service = startService('mosquitto', command, [...args, 'mosquitto', '-c', file]);
  await listening(service, home.ns.cloud, [8443], 8000);
  return [service];
}

/** Starts a program in the proxy namespace, where names resolve by the proxy's own resolver, and waits for its ports. */
async function inProxy(
  home: ServiceHome,
  name: string,
  command: readonly string[],
  ports: readonly number[],
  timeoutMs = 8000,
): Promise<Service> {
  const view = await proxyView(home, name);
  const [ip, ...args] = inside(home.ns.proxy);
  const service = startService(name, ip, [...args, 'sh', view, ...command]);
  await listening(service, home.ns.proxy, ports, timeoutMs);
  return service;
}

async function proxyView(home: ServiceHome, name: string): Promise<string> {
  const directory = join(home.directory, `view-${name}`);
  await mkdir(directory, { recursive: true });
  const extraMounts: [string, string][] = [];
  if (name === 'dante-auth') {
    // dante checks system users; theirs live in this mount namespace only.
    const { stdout } = await must('openssl', ['passwd', '-6', USERS.agent]);
    const users = `${await readFile('/etc/passwd', 'utf8')}agent:x:20188:20188::/:/usr/sbin/nologin\n`;
    const shadow = `${await readFile('/etc/shadow', 'utf8')}agent:${stdout.trim()}:19000:0:99999:7:::\n`;
    await writeFile(join(directory, 'users'), users);
    await writeFile(join(directory, 'shadow'), shadow, { mode: 0o600 });
    extraMounts.push([join(directory, 'users'), '/etc/passwd'], [join(directory, 'shadow'), '/etc/shadow']);
  }
  return makeView(directory, home.pki, {
    resolvConf: 'nameserver 10.88.0.1\n',
    hosts: [`${at.PROXY4} proxy`],
    trust: {},
    netdataUid: null,
    extraMounts,
  });
}

async function listening(
  service: Service,
  namespace: string,
  ports: readonly number[],
  timeoutMs: number,
): Promise<void> {
  await until(
    `${service.name} listens`,
    async () => {
      if (service.child.exitCode !== null) throw new Error(`lab: ${service.name} ended: ${service.log()}`);
      const { stdout } = await run('ip', ['netns', 'exec', namespace, 'ss', '-Hltn']);
      return ports.every((port) => new RegExp(`:${port}\\s`).test(stdout));
    },
    timeoutMs,
  );
}
