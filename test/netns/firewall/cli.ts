/** The built binary in the lab's host namespace: `rules`, and the doctor as the judge of what rules do. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandResult } from '../../../src/firewall/live/runner.js';
import { PROGRAM as FILE, PROGRAM_ARGS } from '../../helpers/program.js';
import { DNS4, type Lab, LISTED } from './lab.js';

/** The program to start, and its first arguments. */
export const PROGRAM: readonly string[] = [FILE, ...PROGRAM_ARGS];

/** Documentation ranges stand for public addresses; the lab's own resolver is asked. */
export const RANGES = ['--accept-range', '198.51.100.0/24', '--accept-range', '2001:db8::/32'];
export const SOURCE = [...RANGES, '--resolver', DNS4];
export const AT_ONCE = ['--confirm-timeout', '0'];

const AGENT_VERSION = '2.10.3';

export type Env = Readonly<Record<string, string>>;

export function stateOf(at: Lab): string[] {
  return ['--state-dir', `${at.dir}/state`];
}

export function rules(at: Lab, args: readonly string[], env: Env = {}): Promise<CommandResult> {
  return at.run([...PROGRAM, 'rules', ...args, ...stateOf(at)], { env, timeoutMs: 120_000 });
}

/** Bounded: what does not come is a failure, not a wait. */
export async function until(what: string, check: () => Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (performance.now() < deadline) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not happen within ${String(seconds)} s`);
}

/** The simulated cloud on the listed addresses, and its root certificate in the host's own store. */
export async function serveCloud(at: Lab, port = 443): Promise<void> {
  const ca = join(at.dir, 'ca.pem');
  const addresses = LISTED.flatMap((address) => ['--address', address]);
  const more = ['--https-port', String(port), '--dns-port', 'none', '--write-ca', ca];
  at.startCloud([...PROGRAM, 'lab', 'serve', ...addresses, ...more]);
  await until('the simulated cloud', async () =>
    (await readFile(ca, 'utf8').catch(() => '')).includes('END CERTIFICATE'),
  );
  await at.must(['mount', '-t', 'tmpfs', 'tmpfs', '/etc/ssl/certs']);
  // Readable for everybody, as a distribution's are: the doctor judges what the Agent's account can read.
  for (const name of ['ca-certificates.crt', 'lab.pem'])
    await at.must(['install', '-m', '0644', ca, `/etc/ssl/certs/${name}`]);
  await at.must(['openssl', 'rehash', '/etc/ssl/certs']);
}

export interface Judged {
  readonly code: number | null;
  readonly claim: string;
  readonly link: string;
  /** Families in which every connection that the doctor tried was made. */
  readonly families: readonly number[];
}

interface Reported {
  readonly verdict: { readonly claim: { readonly outcome: string }; readonly link: { readonly outcome: string } };
  readonly observations: readonly { readonly operation: string; readonly family?: number; readonly failure: unknown }[];
}

export async function doctor(at: Lab, args: readonly string[] = [], env: Env = {}): Promise<Judged> {
  const empty = join(at.dir, 'agent');
  await mkdir(empty, { recursive: true });
  // An Agent that happens to be installed on this machine is not meant: the host of the lab has none.
  const none = ['--env-from', 'self', '--config-dir', empty, '--lib-dir', empty, '--agent-version', AGENT_VERSION];
  const how = ['--json', ...none];
  const result = await at.run([...PROGRAM, 'doctor', ...how, ...args], { env, timeoutMs: 60_000 });
  const report = JSON.parse(result.stdout) as Reported;
  const connects = report.observations.filter((seen) => seen.operation === 'connect');
  const all = (family: number): boolean => {
    const mine = connects.filter((seen) => seen.family === family);
    return mine.length > 0 && mine.every((seen) => seen.failure === null);
  };
  const { claim, link } = report.verdict;
  return { code: result.code, claim: claim.outcome, link: link.outcome, families: [4, 6].filter(all) };
}

export const WORKS: Judged = { code: 0, claim: 'will_work', link: 'will_work', families: [4, 6] };
export const FAILS: Judged = { code: 1, claim: 'will_fail', link: 'will_fail', families: [] };
