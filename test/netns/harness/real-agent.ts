/**
 * A real Agent in the network of a case. The repository holds none: NETDATA_EGRESS_AGENT names one that was built
 * elsewhere (README.md), what it did is kept in test/fixtures/real-agents.
 */
import { randomUUID, generateKeyPairSync } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rulesFor } from '../../../src/agent/versions.js';
import { APP } from './addresses.js';
import { ROOM, TOKEN, type LabCase } from './case.js';
import { environment } from './doctor.js';
import { must, run, type Service } from './exec.js';
import type { Lab } from './lab.js';
import { NETDATA_UID } from './view.js';

export interface RealAgent {
  readonly binary: string;
  /** The directory it was configured with: PREFIX/usr/sbin/netdata. */
  readonly prefix: string;
  readonly version: string;
  /** netdata-claim.sh of that release, filled in; null from 2.0.0 on. */
  readonly claimScript: string | null;
}

/** What became of one thing that the Agent tried. */
export interface Fate {
  readonly works: boolean;
  /** From its start on. */
  readonly seconds: number;
  /** Exit code of the claim script. */
  readonly exit?: number | null;
  /** `cloud` of /api/v3/info or /api/v2/info at the end. */
  readonly status?: string | null;
  readonly reason?: string | null;
  /** The last telling words of its log: a marker of MARKERS, no line of it. */
  readonly log?: string | null;
}

export interface Played {
  /** Null where the case leaves open what is claimed with. */
  readonly claim: Fate | null;
  readonly link: Fate;
}

/** Words that say how far it came; the last one found in a log is kept. */
const MARKERS = [
  'ACLK CONNECTED',
  'Cannot resolve host',
  'gethostbyname() error',
  'Failed to connect to',
  'Timed out while connecting to',
  'error connecting TCP socket',
  'Could not connect to remote endpoint',
  'http_proxy timeout waiting reply',
  'http_proxy returned error code',
  'unexpected trailing bytes',
  "proxy didn't return 200",
  'proxy negotiation failed',
  'failed with status',
  'is not supported by ACLK-NG',
  'Expected response to start with',
  'Missing Key/Value separator',
  'too long',
  'SSL_ERROR_ZERO_RETURN',
  'SSL_read',
  'SSL_write Err',
  'verify error',
  'timed out',
  'HTTP code not 200',
  'HTTP Proxy Response',
  'cannot parse HTTP status code',
  'http_parse_reply',
  "couldn't resolve",
] as const;

/** Up to 2.2.0 the first stands in the access log, and the second beside it in the daemon's. */
const ONLINE = /ACLK CONNECTED|ACLK connection successfully established/;

/** An attempt that is over; the waits between the first ones are short. */
const LOST =
  /failed to get ACLK environment|error passing Challenge|error connecting to MQTT WSS|could not connect to remote endpoint|by ACLK-NG yet/gi;
/** The first may be lost on a silent IPv6 address, the second on the same of another leg. */
const ENOUGH = 3;

const WATCH_SECONDS = Number(process.env['NETDATA_EGRESS_AGENT_SECONDS'] ?? '42');

export async function findAgent(): Promise<RealAgent | null> {
  const binary = process.env['NETDATA_EGRESS_AGENT'];
  if (binary === undefined) return null;
  const { stdout } = await must(binary, ['-V']);
  const version = /^netdata v?(\S+)/m.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${binary} says no version`);
  const claimScript = process.env['NETDATA_EGRESS_CLAIM_SCRIPT'] ?? null;
  return { binary, prefix: dirname(dirname(dirname(binary))), version, claimScript };
}

/** Claims as the case is set up, and beside it links as an Agent that has claimed so and was started again. */
export async function playAgent(lab: Lab, labCase: LabCase, agent: RealAgent): Promise<Played> {
  // It does not start without the directories of its stock files.
  const needed = [
    'etc/netdata',
    'var',
    'usr/lib/netdata/conf.d',
    'usr/libexec/netdata/plugins.d',
    'usr/share/netdata/web',
  ];
  for (const directory of needed) await mkdir(join(agent.prefix, directory), { recursive: true });
  const [claim, link] = await Promise.all([playClaim(lab, labCase, agent), playLink(lab, labCase, agent)]);
  return { claim, link };
}

interface Home {
  readonly etc: string;
  readonly lib: string;
  readonly log: string;
  readonly port: number;
}

const IDLE = ['timex', 'checks', 'idlejitter', 'tc', 'diskspace', 'proc', 'cgroups', 'statsd', 'apps', 'go.d', 'perf'];

/** Directories of one Agent, with the case's files, and a configuration that keeps it to its link. */
async function makeHome(lab: Lab, labCase: LabCase, name: string, port: number): Promise<Home> {
  const root = join(lab.caseDirectory, `agent-${name}`);
  const home = { etc: join(root, 'etc'), lib: join(root, 'var/lib/netdata'), log: join(root, 'daemon.log'), port };
  await mkdir(home.lib, { recursive: true });
  for (const part of ['cache/netdata', 'log/netdata', 'run/netdata'])
    await mkdir(join(root, 'var', part), { recursive: true });
  await cp(join(lab.caseDirectory, 'etc'), home.etc, { recursive: true });
  await cp(join(lab.caseDirectory, 'lib'), home.lib, { recursive: true });
  const own = [
    '[global]',
    ...(labCase.netdataUser === true ? [] : [' run as user = root']),
    ' hostname = lab',
    '[db]',
    ' mode = ram',
    ' retention = 60',
    '[ml]',
    ' enabled = no',
    '[health]',
    ' enabled = no',
    '[web]',
    ' bind to = 127.0.0.1',
    ` default port = ${String(port)}`,
    '[logs]',
    ` daemon = ${home.log}`,
    ` error = ${home.log}`,
    ` access = ${home.log}`,
    ' level = info',
    ' debug flags = 0x0',
    '[plugins]',
    ...IDLE.map((plugin) => ` ${plugin} = no`),
    ' enable running new plugins = no',
  ];
  await writeFile(join(home.etc, 'netdata.conf'), `${own.join('\n')}\n${labCase.files?.['netdata.conf'] ?? ''}`);
  await writeFile(home.log, '', { mode: 0o666 });
  if (labCase.netdataUser === true) await must('chown', ['-R', String(NETDATA_UID), join(root, 'var'), home.log]);
  return home;
}

/** A command in the world of the case, with the home in place of the Agent's built-in directories. */
function atHome(agent: RealAgent, home: Home, command: string): readonly string[] {
  const mounts = [
    'mount -t tmpfs none /run',
    `mount --bind '${home.etc}' '${agent.prefix}/etc/netdata'`,
    `mount --bind '${join(home.lib, '../..')}' '${agent.prefix}/var'`,
  ];
  return [
    'unshare',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    'sh',
    '-c',
    `${mounts.join('\n')}\n${command}\nexit $?`,
  ];
}

function start(lab: Lab, labCase: LabCase, agent: RealAgent, home: Home, name: string): Service {
  const [command = 'sh', ...args] = atHome(agent, home, `'${agent.binary}' -D`);
  // Two run side by side; up to 2.2.6 they would share one pipe.
  const env = { ...environment(lab, labCase), NETDATA_PIPENAME: join(home.lib, '../../run/netdata/pipe') };
  return lab.startOnHost(name, command, args, env);
}

const logOf = async (home: Home, service: Service): Promise<string> =>
  (await readFile(home.log, 'utf8').catch(() => '')) + service.log();

/** Until it works, is known not to, or the time is over. */
async function watch(
  seconds: number,
  check: () => Promise<boolean | null>,
): Promise<{ readonly held: boolean; readonly seconds: number }> {
  const started = performance.now();
  const passed = (): number => (performance.now() - started) / 1000;
  for (;;) {
    const held = await check();
    if (held !== null || passed() > seconds) return { held: held === true, seconds: Math.round(passed()) };
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}

function lastMarker(text: string): string | null {
  const found = MARKERS.map((marker) => ({ marker, at: text.lastIndexOf(marker) })).filter(({ at }) => at >= 0);
  return found.toSorted((a, b) => b.at - a.at)[0]?.marker ?? null;
}

async function cloudStatus(lab: Lab, home: Home): Promise<Pick<Fate, 'status' | 'reason'>> {
  for (const version of ['v3', 'v2']) {
    const url = `http://127.0.0.1:${String(home.port)}/api/${version}/info`;
    const { stdout } = await lab.onHost('curl', ['-s', '-m', '5', '--noproxy', '*', url], {
      env: { PATH: process.env['PATH'] ?? '' },
    });
    try {
      const cloud = (JSON.parse(stdout) as { agents?: { cloud?: { status?: string; reason?: string } }[] }).agents?.[0]
        ?.cloud;
      if (cloud !== undefined)
        return { status: cloud.status ?? null, reason: cloud.reason?.split('\n')[0]?.slice(0, 120) ?? null };
    } catch {
      // It does not answer, or does not know this one.
    }
  }
  return { status: null, reason: null };
}

const DEFAULT_URL = `https://${APP}`;

async function playClaim(lab: Lab, labCase: LabCase, agent: RealAgent): Promise<Fate | null> {
  const files = labCase.files ?? {};
  if (agent.claimScript !== null) return playScript(lab, labCase, agent, agent.claimScript);
  if (files['claim.conf'] === undefined && files['cloud.conf'] !== undefined) return null;
  const home = await makeHome(lab, labCase, 'claim', 19_991);
  if (files['claim.conf'] === undefined) {
    await writeFile(
      join(home.etc, 'claim.conf'),
      `[global]\n url = ${DEFAULT_URL}\n token = ${TOKEN}\n rooms = ${ROOM}\n`,
    );
  }
  const service = start(lab, labCase, agent, home, 'claiming');
  const conf = join(home.lib, 'cloud.d/cloud.conf');
  const seen = await watch(WATCH_SECONDS, async () => {
    const text = await readFile(conf, 'utf8').catch(() => '');
    if (/^\s*claimed_id\s*=\s*[0-9a-f]{8}-/m.test(text)) return true;
    // It serves nothing before its tries at the start are over.
    const { status = null } = await cloudStatus(lab, home);
    return status === null ? null : status !== 'available';
  });
  const said = seen.held ? {} : await cloudStatus(lab, home);
  await service.stop();
  return { works: seen.held, seconds: seen.seconds, ...said };
}

async function playScript(lab: Lab, labCase: LabCase, agent: RealAgent, script: string): Promise<Fate> {
  const home = await makeHome(lab, labCase, 'claim', 19_991);
  const started = performance.now();
  const words = [`-token=${TOKEN}`, `-rooms=${ROOM}`, `-url=${DEFAULT_URL}`, '-daemon-not-running'];
  const [command = 'sh', ...args] = atHome(agent, home, `bash '${script}' ${words.join(' ')}`);
  const ran = await lab.onHost(command, args, { env: environment(lab, labCase), timeoutMs: 150_000 });
  return { works: ran.code === 0, seconds: Math.round((performance.now() - started) / 1000), exit: ran.code };
}

/** What a claim with the case's settings leaves behind. */
function storedConf(labCase: LabCase, agent: RealAgent, id: string): string {
  const rules = rulesFor(agent.version);
  const given = labCase.files?.['cloud.conf'];
  const claimConf = labCase.files?.['claim.conf'] ?? '';
  const set = (key: string): string | undefined => new RegExp(`^ *${key} *= *(.*)$`, 'm').exec(claimConf)?.[1];
  const lines = [
    ` ${rules.urlKey} = ${set('url') ?? DEFAULT_URL}`,
    ...(rules.claimsByItself ? [` proxy = ${set('proxy') ?? rules.claimProxyDefault}`] : []),
    ...(rules.honoursEnabled ? [' enabled = yes'] : []),
    ...(set('insecure') === undefined ? [] : [` insecure = ${set('insecure') ?? ''}`]),
  ];
  const text = given ?? `[global]\n${lines.join('\n')}\n`;
  return rules.claimsByItself && !text.includes('claimed_id') ? `${text} claimed_id = ${id}\n` : text;
}

async function playLink(lab: Lab, labCase: LabCase, agent: RealAgent): Promise<Fate> {
  const home = await makeHome(lab, labCase, 'link', 19_992);
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const id = randomUUID();
  const text = storedConf(labCase, agent, id);
  const claimed = /claimed_id = (\S+)/.exec(text)?.[1] ?? id;
  const cloudDir = join(home.lib, 'cloud.d');
  await mkdir(cloudDir, { recursive: true });
  await writeFile(join(cloudDir, 'cloud.conf'), text);
  await writeFile(join(cloudDir, 'claimed_id'), claimed);
  await writeFile(join(cloudDir, 'private.pem'), pair.privateKey, { mode: 0o600 });
  await writeFile(join(cloudDir, 'public.pem'), pair.publicKey);
  await register(lab, claimed, pair.publicKey);
  const service = start(lab, labCase, agent, home, 'linking');
  const seen = await watch(WATCH_SECONDS, async () => {
    const text = await logOf(home, service);
    if (ONLINE.test(text)) return true;
    return (text.match(LOST)?.length ?? 0) >= ENOUGH ? false : null;
  });
  const said = await cloudStatus(lab, home);
  const log = lastMarker(await logOf(home, service));
  if (process.env['NETDATA_EGRESS_AGENT_LOGS'] !== undefined) {
    await writeFile(
      join(process.env['NETDATA_EGRESS_AGENT_LOGS'], `${agent.version}-${labCase.id}.log`),
      await logOf(home, service),
    );
  }
  await service.stop();
  return { works: seen.held, seconds: seen.seconds, ...said, log };
}

/** The simulated cloud gets to know the node without the network of the case. */
async function register(lab: Lab, id: string, publicKey: string): Promise<void> {
  const body = { node: { id, hostname: 'lab' }, token: TOKEN, rooms: [ROOM], publicKey, mGUID: id };
  const claim = [
    '-X',
    'PUT',
    '-H',
    'Content-Type: application/json',
    '--data-binary',
    '@-',
    `${DEFAULT_URL}/api/v1/spaces/nodes/${id}`,
  ];
  for (const port of lab.simPorts) {
    const args = [
      '-sk',
      '-m',
      '8',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '--connect-to',
      `::127.0.0.1:${String(port)}`,
      ...claim,
    ];
    const ran = await run('ip', ['netns', 'exec', lab.ns.cloud, 'curl', ...args], { input: JSON.stringify(body) });
    if (ran.stdout !== '204')
      throw new Error(`lab: the simulated cloud did not take the node: ${ran.stdout} ${ran.stderr}`);
  }
}
