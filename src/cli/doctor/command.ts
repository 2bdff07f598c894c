/** The doctor command: validates, runs, redacts, renders, and sets the exit code. */
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { hostname, release, userInfo } from 'node:os';
import { UsageError } from '../../model/errors.js';
import type { HostEnvironment, Report } from '../../model/report.js';
import { redactReport } from '../../report/redact.js';
import { formats, type RenderOptions } from '../../report/registry.js';
import { createHostReader } from '../host-reader.js';
import { readAgentStatus } from '../host/agent-status.js';
import { readHostNetwork } from '../host/host-network.js';
import { readLocalFirewall } from '../host/local-firewall.js';
import { createPaint, Progress, terminalOptions } from '../terminal.js';
import { packageVersion } from '../version.js';
import { assertWritable, writeFileAtomic } from '../write-file.js';
import { agentUser } from './agent-user.js';
import { loadKnownAddresses } from './known-addresses.js';
import { listEndpoints } from './list-endpoints.js';
import { enterNamespace } from './netns.js';
import { doctorOptions, type DoctorFlags } from './options.js';
import { progressText } from './progress-text.js';
import { runDoctor, type DoctorDeps } from './run-doctor.js';
import { untilOk } from './until-ok.js';

/** Flags that say how the result is shown and where it goes. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly outputDir?: string;
  readonly letter?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly ascii?: boolean;
}

type Flags = DoctorFlags &
  OutputFlags & {
    readonly listEndpoints?: boolean;
    readonly netns?: string;
    readonly untilOk?: boolean;
    readonly every?: string;
  };

export async function doctor(raw: Record<string, unknown>): Promise<void> {
  const flags = raw as Flags;
  const options = doctorOptions(flags);
  const chosen = chosenFormats(flags);
  if (flags.output !== undefined) await assertWritable(flags.output);
  if (flags.outputDir !== undefined) await assertWritable(join(flags.outputDir, 'netdata-egress'));
  const known = await loadKnownAddresses(options.knownAddresses, new Date().toISOString().slice(0, 10));
  const entry = await enterNamespace(flags.netns ?? null, options.pid);
  if (entry.kind === 'left') {
    process.exitCode = entry.exitCode;
    return;
  }
  const reader = createHostReader();
  const [network, user] = await Promise.all([readHostNetwork(), agentUser(reader, options.asUser)]);
  const interrupt = onInterrupt();
  const progress = new Progress(process.stderr, flags.quiet !== true);
  const deps: DoctorDeps = {
    reader,
    network,
    environment: hostEnvironment(user.uid, user.name, entry.name),
    toolVersion: packageVersion(),
    knownAddresses: known,
    mozillaRoots: rootCertificates,
    interrupt: interrupt.signal,
    readLocalFirewall,
    readAgentStatus,
    asAgentUser: user.run,
    notChecked: [...user.notChecked, ...entry.notChecked],
    onObservation: (observation) => progress.show(progressText(observation)),
  };
  if (flags.listEndpoints === true) {
    process.stdout.write(await listEndpoints(options, deps));
    return;
  }
  try {
    const attempt = async (): Promise<Report> => {
      // Resolvers and routes may be what gets mended between two attempts.
      const now = flags.untilOk === true ? { ...deps, network: await readHostNetwork() } : deps;
      const { report, secrets } = await runDoctor(options, now);
      progress.clear();
      return redactReport(report, { mode: options.redact, secrets }).report;
    };
    const report =
      flags.untilOk === true
        ? await untilOk(attempt, {
            every: flags.every,
            signal: interrupt.signal,
            say: (line) => process.stderr.write(line),
          })
        : await attempt();
    await deliver(report, chosen, flags);
    // A monitoring system reads its own codes (Nagios: 0 to 3) where its form was asked for.
    process.exitCode = formats[chosen[0] ?? '']?.exitCode?.(report) ?? report.exitCode;
  } finally {
    progress.clear();
    interrupt.dispose();
  }
}

/** First Ctrl-C: end the run and print what is known. Second: leave at once. */
export function onInterrupt(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}

export function chosenFormats(flags: OutputFlags): readonly string[] {
  const names = (flags.format ?? (flags.json === true ? 'json' : 'text')).split(',').map((name) => name.trim());
  for (const name of names) {
    if (!Object.hasOwn(formats, name)) {
      throw new UsageError(`--format takes ${Object.keys(formats).join(', ')}, not "${name.slice(0, 40)}"`);
    }
  }
  if (flags.json === true && !names.includes('json')) throw new UsageError('--json and --format exclude each other');
  if (names.length > 1 && flags.outputDir === undefined) throw new UsageError('several formats need --output-dir');
  return names;
}

/** stdout (or --output) is the result; --output-dir gets every format besides. */
export async function deliver(report: Report, chosen: readonly string[], flags: OutputFlags): Promise<void> {
  const terminal = terminalOptions(process.stdout, process.env, flags);
  const toFile: RenderOptions = { paint: createPaint(false), width: 100, unicode: true, verbose: 1 };
  const toScreen: RenderOptions = {
    paint: createPaint(terminal.color),
    width: terminal.width,
    unicode: terminal.unicode,
    verbose: flags.quiet === true ? -1 : flags.verbose === true ? 1 : 0,
  };
  const render = (name: string, options: RenderOptions): string => {
    const format = formats[name];
    if (format === undefined) throw new UsageError(`unknown format ${name}`);
    return format.render(report, options);
  };
  if (flags.outputDir !== undefined) {
    for (const name of chosen) {
      const path = join(flags.outputDir, `netdata-egress.${formats[name]?.extension ?? name}`);
      await writeFileAtomic(path, render(name, toFile));
    }
  }
  const first = chosen[0] ?? 'text';
  if (flags.output !== undefined) {
    await writeFileAtomic(flags.output, render(first, toFile));
    if (first !== 'text') process.stdout.write(render('text', { ...toScreen, verbose: -1 }));
    return;
  }
  if (flags.letter === true) {
    const { letter } = await import('../../report/letter.js');
    process.stdout.write(letter(report));
    return;
  }
  process.stdout.write(render(flags.outputDir === undefined ? first : 'text', toScreen));
}

export function hostEnvironment(uid: number | null, user: string | null, netns: string | null): HostEnvironment {
  return {
    hostname: hostname(),
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    node: process.versions.node,
    uid,
    user: user ?? safeUserName(),
    networkNamespace: netns,
  };
}

function safeUserName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
