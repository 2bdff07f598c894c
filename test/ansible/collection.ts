/** The collection where Ansible looks for it, and Ansible with settings of its own. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
// @ts-expect-error: a build script, without types
import { script } from '../../scripts/package/bundle.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Bench {
  readonly dir: string;
  /** Of the collection. */
  readonly collection: string;
  /** Files of a release. */
  readonly files: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A new folder with the collection, the script as it is shipped, and a configuration that no other one mixes with. */
export async function bench(): Promise<Bench> {
  const dir = await mkdtemp(join(tmpdir(), 'nde-ansible-'));
  const collection = join(dir, 'collections/ansible_collections/netdata_egress/fleet');
  const files = join(dir, 'files');
  for (const path of [collection, files, join(dir, 'home')]) await mkdir(path, { recursive: true });
  await cp(join(ROOT, 'deploy/ansible'), collection, { recursive: true });
  const text = await (script as (how: object) => Promise<string>)({ node: '20.18.1', quality: 1 });
  await writeFile(join(files, 'netdata-egress.cjs'), text);
  await writeFile(
    join(dir, 'ansible.cfg'),
    `[defaults]
forks = 8
timeout = 10
interpreter_python = /usr/bin/python3
stdout_callback = json
gathering = explicit
retry_files_enabled = false
localhost_warning = false
[ssh_connection]
pipelining = true
control_path_dir = ${dir}/cp
`,
  );
  const env = {
    ANSIBLE_CONFIG: join(dir, 'ansible.cfg'),
    ANSIBLE_COLLECTIONS_PATH: join(dir, 'collections'),
    ANSIBLE_HOME: join(dir, 'home'),
    ANSIBLE_LOCAL_TEMP: join(dir, 'home/tmp'),
    HOME: join(dir, 'home'),
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
  };
  return { dir, collection, files, env };
}

/** Bounded; nothing of this process's environment but what is named. */
export function run(
  argv: readonly string[],
  how: { readonly env: Readonly<Record<string, string>>; readonly cwd: string; readonly timeoutMs?: number },
): Promise<Ran> {
  const [program = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const { env, cwd, timeoutMs = 300_000 } = how;
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** What the callback `json` of Ansible prints, as far as it is looked at. */
export interface Played {
  readonly code: number | null;
  readonly stats: Readonly<
    Record<
      string,
      {
        readonly ok: number;
        readonly changed: number;
        readonly failures: number;
        readonly rescued: number;
        readonly unreachable: number;
      }
    >
  >;
  readonly tasks: readonly {
    readonly task: { readonly name: string };
    readonly hosts: Readonly<Record<string, TaskResult>>;
  }[];
}

export interface TaskResult {
  readonly changed?: boolean;
  readonly failed?: boolean;
  readonly msg?: unknown;
  readonly diff?: { readonly before: string; readonly after: string };
  readonly waiting?: boolean;
  readonly ansible_facts?: Readonly<Record<string, unknown>>;
}

export function played({ code, stdout, stderr }: Ran): Played {
  const at = stdout.indexOf('{');
  if (at < 0) throw new Error(`ansible-playbook: exit ${String(code)}: ${stdout}${stderr}`);
  const { stats, plays } = JSON.parse(stdout.slice(at)) as Pick<Played, 'stats'> & { plays: Pick<Played, 'tasks'>[] };
  return { code, stats, tasks: plays.flatMap(({ tasks }) => tasks) };
}

/** The result of the first task of that name that ran on a host. */
export function resultOf({ tasks }: Played, host: string, name: string): TaskResult | undefined {
  return tasks.find(({ task, hosts }) => task.name.endsWith(name) && hosts[host] !== undefined)?.hosts[host];
}

/** What failed, where, and why: for the message of a test that expected nothing to. */
export function failures({ tasks }: Played): readonly string[] {
  return tasks.flatMap(({ task, hosts }) =>
    Object.entries(hosts).flatMap(([host, { failed, msg }]) =>
      failed === true ? [`${host}: ${task.name}: ${JSON.stringify(msg)}`] : [],
    ),
  );
}
