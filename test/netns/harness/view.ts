/**
 * What a program inside the host namespace sees of the file system: its own resolver configuration, hosts file, trust
 * stores and users, bind-mounted in a mount namespace of its own (ip netns exec makes one for every command).
 */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { must, run } from './exec.js';
import type { CaName } from './pki.js';

export interface TrustPlan {
  /** Roots added to the bundle file, which libcurl reads. */
  readonly bundle?: readonly CaName[];
  /** Roots added to the hashed directory, which OpenSSL's default paths (and Debian's libcurl) read. */
  readonly hashed?: readonly CaName[];
  /** Whether OPENSSLDIR/cert.pem leads to the bundle, as on Debian; false as where only the directory is configured. */
  readonly certPem?: boolean;
  /** Take everything away: no ca-certificates package. */
  readonly empty?: boolean;
}

export interface ViewPlan {
  readonly resolvConf: string;
  /** The `hosts:` line of nsswitch.conf. */
  readonly nsswitch?: string;
  /** Lines after `127.0.0.1 localhost`. */
  readonly hosts: readonly string[];
  readonly trust: TrustPlan;
  /** Number of a user `netdata`, as a package would create it; null = none of our own making. */
  readonly netdataUid: number | null;
  readonly extraMounts?: readonly (readonly [from: string, to: string])[];
}

export const NETDATA_UID = 20177;
const SYSTEM_CERTS = '/etc/ssl/certs';
const OPENSSLDIR = '/usr/lib/ssl';

/** The first line of a name counts (getpwnam(3)): an account that this machine's own package made must not come before ours. */
async function withoutNetdata(path: string): Promise<string> {
  const lines = (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('netdata:'));
  return `${lines.join('\n')}\n`;
}

/** Where a package of this machine keeps its Agent: the hosts of a lab have none but what a case gives them. */
const OWN_AGENT = ['/etc/netdata', '/var/lib/netdata', '/usr/lib/netdata', '/opt/netdata'];
const SYSTEM_PROGRAMS = '/usr/sbin';

let programs: Promise<string> | null = null;

/** This machine's programs but the Agent: hard links, so it takes no room and no time; once per process. */
async function programsWithoutAgent(to: string): Promise<string> {
  await rm(to, { recursive: true, force: true });
  const linked = await run('cp', ['-al', SYSTEM_PROGRAMS, to]);
  // Another file system has no hard links to this one.
  if (linked.code !== 0) {
    await rm(to, { recursive: true, force: true });
    await must('cp', ['-a', SYSTEM_PROGRAMS, to]);
  }
  for (const name of await readdir(to)) if (name.startsWith('netdata')) await rm(join(to, name));
  return to;
}

/** Writes the files and a launcher script; returns the script's path: `sh SCRIPT command args…`. */
export async function makeView(directory: string, pki: string, plan: ViewPlan): Promise<string> {
  await mkdir(directory, { recursive: true });
  const mounts: (readonly [string, string])[] = [];
  const file = async (name: string, to: string, text: string): Promise<void> => {
    await writeFile(join(directory, name), text);
    mounts.push([join(directory, name), to]);
  };
  await file('resolv.conf', '/etc/resolv.conf', plan.resolvConf);
  await file('hosts', '/etc/hosts', ['127.0.0.1 localhost', '::1 localhost', ...plan.hosts, ''].join('\n'));
  await file(
    'nsswitch.conf',
    '/etc/nsswitch.conf',
    `passwd: files\ngroup: files\nshadow: files\nhosts: ${plan.nsswitch ?? 'files dns'}\n`,
  );
  const id = plan.netdataUid;
  const user = id === null ? '' : `netdata:x:${id}:${id}::/var/lib/netdata:/usr/sbin/nologin\n`;
  const group = id === null ? '' : `netdata:x:${id}:\n`;
  await file('passwd', '/etc/passwd', (await withoutNetdata('/etc/passwd')) + user);
  await file('group', '/etc/group', (await withoutNetdata('/etc/group')) + group);
  const empty = join(directory, 'empty');
  await mkdir(empty, { recursive: true });
  for (const path of OWN_AGENT) if (existsSync(path)) mounts.push([empty, path]);
  if (existsSync(join(SYSTEM_PROGRAMS, 'netdata'))) {
    programs ??= programsWithoutAgent(join(pki, '..', `programs-${process.pid}`));
    mounts.push([await programs, SYSTEM_PROGRAMS]);
  }
  mounts.push([await trustDirectory(pki, plan.trust), SYSTEM_CERTS]);
  if (plan.trust.certPem === false) mounts.push([await openSslDirectory(directory), OPENSSLDIR]);
  mounts.push(...(plan.extraMounts ?? []));
  const script = join(directory, 'view.sh');
  const lines = mounts.map(([from, to]) => `mount --bind '${from}' '${to}'`);
  await writeFile(script, `set -e\n${lines.join('\n')}\nexec "$@"\n`);
  return script;
}

const trustDirectories = new Map<string, Promise<string>>();

/** One directory for each plan: it is only ever read, and copying the machine's takes longer than most cases wait. */
function trustDirectory(pki: string, plan: TrustPlan): Promise<string> {
  const { bundle = ['cloud'], hashed = ['cloud'], empty = false } = plan;
  const name = empty ? 'empty' : `${bundle.join('-')}.${hashed.join('-')}`;
  const to = join(pki, '..', `trust-${process.pid}`, name);
  const made = trustDirectories.get(to) ?? makeTrustDirectory(to, pki, { bundle, hashed, empty });
  trustDirectories.set(to, made);
  return made;
}

/** The machine's own stores (Mozilla's roots) plus the lab's roots, or nothing. */
async function makeTrustDirectory(
  to: string,
  pki: string,
  plan: Required<Omit<TrustPlan, 'certPem'>>,
): Promise<string> {
  await mkdir(to, { recursive: true });
  if (plan.empty) return to;
  await cp(SYSTEM_CERTS, to, { recursive: true, verbatimSymlinks: true });
  const bundle = [await readFile(join(SYSTEM_CERTS, 'ca-certificates.crt'), 'utf8')];
  for (const ca of plan.bundle) bundle.push(await readFile(join(pki, `ca-${ca}.pem`), 'utf8'));
  await writeFile(join(to, 'ca-certificates.crt'), bundle.join(''));
  for (const ca of plan.hashed) {
    const pem = join(pki, `ca-${ca}.pem`);
    const { stdout } = await must('openssl', ['x509', '-hash', '-noout', '-in', pem]);
    await cp(pem, join(to, `lab-${ca}.pem`));
    await symlink(`lab-${ca}.pem`, join(to, `${stdout.trim()}.0`));
  }
  return to;
}

async function openSslDirectory(directory: string): Promise<string> {
  const to = join(directory, 'ssl');
  await mkdir(to, { recursive: true });
  await symlink(SYSTEM_CERTS, join(to, 'certs'));
  if (existsSync('/etc/ssl/openssl.cnf')) await symlink('/etc/ssl/openssl.cnf', join(to, 'openssl.cnf'));
  return to;
}
