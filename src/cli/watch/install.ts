/** `watch install` and `watch uninstall`: Netdata's plugin with its alerts, or a service; taken away without a trace. */
import { join } from 'node:path';
import { Refused, type WriterAccount } from '../../host/agents-files.js';
import {
  makeDirectory,
  putFile,
  readInstalled,
  removeDirectoryIfEmpty,
  removeFile,
  type Installed,
} from '../../host/installed-file.js';
import { runTrusted } from '../../host/program.js';
import { UsageError } from '../../model/errors.js';
import { safeText } from '../../report/escape.js';
import { healthTemplates } from '../../watch/health.js';
import { DEFAULT_EVERY_MS } from '../../watch/schedule.js';
import { OPENRC, openrcScript, pluginScript, SERVICE_USER, systemdUnit, UNIT } from '../../watch/service.js';
import { defaultHost, discoverWith, type Flags } from '../config/options.js';
import { createHostReader } from '../host-reader.js';
import { fileErrorText } from '../file-errors.js';
import { lastingCommand } from '../self.js';
import { SMALL } from './small.js';
import { HISTORY, pluginStateDir } from './state-dir.js';

export type InstallForm = 'netdata' | 'systemd' | 'openrc';

export interface InstallFlags extends Flags {
  readonly as?: InstallForm;
  readonly dryRun?: boolean;
}

const MARK = '# netdata-egress: made by';
const MADE = '# made here: ';
const isOurs = (text: string): boolean => text.split('\n', 3).some((line) => line.startsWith(MARK));

interface Plan {
  readonly files: readonly Installed[];
  /** Made where they are missing, removed where they are empty. */
  readonly directories: readonly string[];
  readonly state: string;
  /** What else the service writes. */
  readonly log?: string;
  /** Who may write there besides root. */
  readonly account: WriterAccount | null;
  readonly afterInstall: string;
  readonly afterUninstall: string | null;
}

/** Stands in units and scripts as it is: nothing that they would expand or split. */
function plainCommand(): readonly string[] {
  const command = lastingCommand();
  const odd = command.find((word) => !/^\/[A-Za-z0-9/._+@-]+$/.test(word));
  if (odd !== undefined) throw new UsageError(`${JSON.stringify(odd)} cannot stand in a unit or a script: move it`);
  const [program = '', ...args] = command;
  // What runs for months and works for a second in five minutes is to be small, not fast. Options of Node alone.
  return args.length === 0 ? command : [program, ...SMALL, ...args];
}

/** The service's state is its account's: root takes nothing away there with its own rights. */
const serviceAccount = (): Promise<WriterAccount | null> => createHostReader().userId(SERVICE_USER);

async function planOf(flags: InstallFlags): Promise<Plan> {
  const command = plainCommand();
  if (flags.as === 'systemd') {
    return {
      files: [{ path: `/etc/systemd/system/${UNIT}`, content: systemdUnit(command), mode: 0o644 }],
      directories: [],
      state: '/var/lib/netdata-egress-watch',
      account: await serviceAccount(),
      afterInstall: `systemctl daemon-reload && systemctl enable --now ${UNIT}`,
      afterUninstall: 'systemctl daemon-reload',
    };
  }
  if (flags.as === 'openrc') {
    return {
      files: [{ path: `/etc/init.d/${OPENRC}`, content: openrcScript(command), mode: 0o755 }],
      directories: [],
      state: '/var/lib/netdata-egress-watch',
      log: '/var/log/netdata-egress-watch.log',
      account: await serviceAccount(),
      afterInstall: `rc-update add ${OPENRC} default && rc-service ${OPENRC} start`,
      afterUninstall: null,
    };
  }
  const host = await defaultHost(flags);
  if (host.inContainer) throw new UsageError("the Agent's files are in a container: run this inside of it");
  const { facts, writing } = await discoverWith(host.reader, flags, true);
  const { configDir, libDir, found, restart } = facts.installation;
  if (!found && flags.configDir === undefined)
    throw new UsageError('no Agent is installed here; --config-dir says where one is, --as systemd makes a service');
  const directories = [join(configDir, 'custom-plugins.d'), join(configDir, 'health.d')];
  const [plugins = '', health = ''] = directories;
  const alerts = healthTemplates(facts.version.value, DEFAULT_EVERY_MS / 1000);
  return {
    files: [
      { path: join(plugins, 'netdata-egress.plugin'), content: pluginScript(command), mode: 0o755 },
      {
        path: join(health, 'netdata-egress.conf'),
        content: `${MARK} \`netdata-egress watch install\`\n\n${alerts}`,
        mode: 0o644,
      },
    ],
    directories,
    state: pluginStateDir(libDir),
    account: writing.account,
    afterInstall: restart ?? 'systemctl restart netdata',
    afterUninstall: restart ?? 'systemctl restart netdata',
  };
}

/** The first file says which directories were not there before it. */
function madeHere({ files, directories, account }: Plan): readonly string[] {
  const [first] = files;
  const text = first === undefined ? null : attempt('read', first.path, () => readInstalled(first.path, account));
  if (text === null || !isOurs(text)) return [];
  return directories.filter((path) => text.split('\n').includes(`${MADE}${path}`));
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function attempt<T>(what: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const why = error instanceof Refused ? error.message : fileErrorText(error);
    throw new UsageError(`cannot ${what} ${path}: ${why}${process.geteuid?.() === 0 ? '' : ' (run as root)'}`);
  }
}

export async function install(flags: InstallFlags): Promise<void> {
  const plan = await planOf(flags);
  if (flags.dryRun === true) {
    for (const { path, content, mode } of plan.files) {
      say(`--- ${safeText(path)} (mode ${mode.toString(8)})`);
      process.stdout.write(content);
    }
    say('--- Nothing was written. Afterwards run:');
    say(plan.afterInstall);
    return;
  }
  const made = new Set(madeHere(plan));
  for (const path of plan.directories) {
    if (!attempt('make', path, () => makeDirectory(path, plan.account))) continue;
    made.add(path);
    say(`made ${safeText(path)}`);
  }
  for (const [index, file] of plan.files.entries()) {
    const note = index === 0 ? [...made].map((path) => `${MADE}${path}\n`).join('') : '';
    attempt('write', file.path, () => putFile({ ...file, content: file.content + note }, plan.account, isOurs));
    say(`wrote ${safeText(file.path)}`);
  }
  say('For it to run:');
  say(`  ${plan.afterInstall}`);
}

/** A service is stopped first; the history goes with the rest. */
export async function uninstall(flags: InstallFlags): Promise<void> {
  const plan = await planOf(flags);
  if (flags.dryRun === true) {
    for (const { path } of plan.files) say(`would remove ${safeText(path)}`);
    say(`would remove ${safeText(plan.state)}`);
    return;
  }
  if (flags.as === 'systemd') await stop(['/usr/bin/systemctl', '/bin/systemctl'], ['disable', '--now', UNIT]);
  if (flags.as === 'openrc') {
    await stop(['/sbin/rc-service', '/usr/sbin/rc-service'], [OPENRC, 'stop']);
    await stop(['/sbin/rc-update', '/usr/sbin/rc-update'], ['--all', 'del', OPENRC]);
  }
  const made = madeHere(plan);
  let removed = 0;
  for (const { path } of plan.files) {
    if (!attempt('remove', path, () => removeFile(path, plan.account, isOurs))) continue;
    removed += 1;
    say(`removed ${safeText(path)}`);
  }
  for (const path of made)
    if (attempt('remove', path, () => removeDirectoryIfEmpty(path, null))) say(`removed ${safeText(path)}`);
  const any = (): boolean => true;
  const kept = [HISTORY, `${HISTORY}.1`, `${HISTORY}.damaged`, `${HISTORY}.1.damaged`, 'lock'].map((name) =>
    join(plan.state, name),
  );
  if (plan.log !== undefined) kept.push(plan.log);
  for (const path of kept) attempt('remove', path, () => removeFile(path, plan.account, any));
  if (attempt('remove', plan.state, () => removeDirectoryIfEmpty(plan.state, null)))
    say(`removed ${safeText(plan.state)}`);
  if (removed === 0) say('Nothing of ours was installed here.');
  else if (plan.afterUninstall !== null) {
    say('For it to end:');
    say(`  ${plan.afterUninstall}`);
  }
}

/** It may be stopped already, or never have run. */
async function stop(programs: readonly string[], args: readonly string[]): Promise<void> {
  for (const program of programs) {
    const result = await runTrusted(program, args, 20_000);
    if (result.ok || result.why !== 'missing') return;
  }
}
