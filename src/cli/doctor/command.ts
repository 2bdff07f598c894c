/** The doctor command: validates, runs, redacts, renders, and sets the exit code. */
import { join } from 'node:path';
import type { KnownAddress } from '../../catalog/known-addresses.js';
import { UsageError } from '../../model/errors.js';
import { EXIT, type Report } from '../../model/report.js';
import type { RedactOptions } from '../../report/redact.js';
import { formats, type RenderOptions } from '../../report/registry.js';
import { leave } from '../leave.js';
import { formOfFile } from '../output-form.js';
import { removedText } from '../report/removed-text.js';
import { readKey, readMap, writeMap } from '../report/redaction-map.js';
import { readHostNetwork } from '../host/host-network.js';
import { createPaint, Progress, terminalOptions } from '../terminal.js';
import { assertWritable, isReplaced, writeFileAtomic } from '../write-file.js';
import { recentFor } from '../watch/recent.js';
import { hostDeps } from './host-deps.js';
import { thirdPartiesText } from './third-parties.js';
import { loadKnownAddresses } from './known-addresses.js';
import { listEndpoints } from './list-endpoints.js';
import { enterNamespace } from './netns.js';
import { containerId } from './container.js';
import { doctorOptions, withProxy, type DoctorFlags } from './options.js';
import { progressText, waitingText } from './progress-text.js';
import { runDoctor, type DoctorDeps } from './run-doctor.js';
import { safeReport } from './safe-report.js';
import { untilOk } from './until-ok.js';

/** Flags that say how the result is shown and where it goes. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly outputDir?: string;
  /** Private map of the stand-ins of strict redaction. */
  readonly map?: string;
  /** Where the key of the stand-ins is read from. */
  readonly redactKey?: string;
  readonly letter?: boolean;
  /** How often it was asked for. */
  readonly verbose?: number;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly ascii?: boolean;
}

type Flags = DoctorFlags &
  OutputFlags & {
    readonly listEndpoints?: boolean;
    readonly fromCapture?: string;
    readonly fromBundle?: string;
    readonly untilOk?: boolean;
    readonly every?: number;
  };

export async function doctor(raw: Record<string, unknown>): Promise<void> {
  const named = raw as Flags;
  const flags = named.container === undefined ? named : { ...named, container: await containerId(named.container) };
  const typed = doctorOptions(flags);
  const chosen = chosenFormats(flags);
  if (flags.output !== undefined) await assertWritable(flags.output);
  if (flags.outputDir !== undefined) await assertWritable(join(flags.outputDir, 'netdata-egress'));
  if (flags.map !== undefined && typed.redact !== 'strict') throw new UsageError('--map needs --redact strict');
  if (flags.redactKey !== undefined && typed.redact !== 'strict')
    throw new UsageError('--redact-key needs --redact strict');
  if (flags.redactKey === '-' && typed.proxy === '-')
    throw new UsageError('standard input is read once: give --proxy or --redact-key as @FILE');
  const earlier = await readMap(flags.map);
  if (flags.map !== undefined) await assertWritable(flags.map);
  const known = await loadKnownAddresses(typed.knownAddresses, new Date().toISOString().slice(0, 10));
  const entry = await enterNamespace(flags.netns ?? null, typed.pid);
  if (entry.kind === 'left') {
    process.exitCode = entry.exitCode;
    return;
  }
  const options = await withProxy(typed);
  const key = await readKey(flags.redactKey);
  const interrupt = onInterrupt();
  const captured = await elsewhereDeps(flags, known, interrupt.signal);
  const progress = new Progress(process.stderr, flags.quiet !== true);
  const deps: DoctorDeps = {
    ...(captured ?? (await hostDeps(entry, options, known, interrupt.signal))),
    // A budget that was named is one of the whole process; on a busy host that may take seconds to come up.
    startedAtMs: flags.untilOk === true || flags.timeout === undefined ? null : 0,
    onObservation: (observation) => progress.show(progressText(observation)),
    onWait: (waiting) => progress.show(waitingText(waiting)),
    ...keeping(chosen, flags, { mode: options.redact, earlier, key }),
  };
  if (flags.listEndpoints === true) {
    process.stdout.write(await listEndpoints(options, deps));
    return;
  }
  if (options.controls && flags.quiet !== true) process.stderr.write(thirdPartiesText());
  try {
    const attempt = async (): Promise<Report> => {
      // Resolvers and routes may be what gets mended between two attempts.
      const now = flags.untilOk === true ? { ...deps, network: readHostNetwork() } : deps;
      const seen = await runDoctor(options, now);
      const elsewhere = captured !== null || entry.root !== null;
      const recent = options.redact === 'strict' || elsewhere ? null : recentFor(seen.report);
      const result = recent === null ? seen : { ...seen, report: { ...seen.report, recent } };
      progress.clear();
      const redacted = safeReport(result, { mode: options.redact, earlier, key });
      if (flags.map !== undefined) await writeMap(flags.map, redacted.map);
      return redacted.report;
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

/** The host that is judged is another one: what was written down there. Imported only then. */
async function elsewhereDeps(
  { fromCapture, fromBundle }: Flags,
  known: readonly KnownAddress[],
  interrupt: AbortSignal,
): Promise<DoctorDeps | null> {
  if (fromCapture === undefined && fromBundle === undefined) return null;
  const { captureDeps, NEVER_SEEN } = await import('../capture/deps.js');
  if (fromCapture !== undefined) {
    const { readCapture } = await import('../capture/read.js');
    return captureDeps(await readCapture(fromCapture), known, interrupt, NEVER_SEEN);
  }
  const { readBundle } = await import('../capture/bundle.js');
  return captureDeps(await readBundle(fromBundle ?? ''), known, interrupt, []);
}

/** A terminal and whoever stands between may each pass on the same Ctrl-C. */
const SAME_PRESS_MS = 300;

/** First Ctrl-C: end the run and print what is known. Second: leave at once. */
export function onInterrupt(): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  let firstAt = 0;
  const stop = (): void => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort();
    } else if (performance.now() - firstAt > SAME_PRESS_MS) leave(EXIT.INTERRUPTED);
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
  const short = flags.json === true ? 'json' : flags.letter === true ? 'letter' : null;
  const names = (flags.format ?? short ?? formOfFile(flags.output) ?? 'text').split(',').map((name) => name.trim());
  for (const name of names) {
    if (!Object.hasOwn(formats, name)) {
      throw new UsageError(`--format takes ${Object.keys(formats).join(', ')}, not "${name.slice(0, 40)}"`);
    }
  }
  if (short !== null && !names.includes(short)) throw new UsageError(`--${short} and --format exclude each other`);
  if (names.length > 1 && flags.outputDir === undefined) throw new UsageError('several formats need --output-dir');
  return names;
}

/** Where a result goes into files, an unfinished one stands there until then: marked, and in the same forms. */
export function keeping(
  chosen: readonly string[],
  flags: OutputFlags,
  redaction: Omit<RedactOptions, 'secrets'>,
): Pick<DoctorDeps, 'keep'> {
  if (flags.output === undefined && flags.outputDir === undefined) return {};
  // A device or a pipe would get the unfinished result and the finished one behind it.
  if (flags.output !== undefined && !isReplaced(flags.output)) return {};
  return {
    keep: async (unfinished) => await writeFiles(safeReport(unfinished, redaction).report, chosen, flags),
  };
}

const TO_FILE = { width: 100, unicode: true, verbose: 2 } as const;

function rendered(report: Report, name: string, options: RenderOptions): string {
  const format = formats[name];
  if (format === undefined) throw new UsageError(`unknown format ${name}`);
  return format.render(report, options);
}

async function writeFiles(report: Report, chosen: readonly string[], flags: OutputFlags): Promise<void> {
  const options: RenderOptions = { ...TO_FILE, paint: createPaint(false) };
  if (flags.outputDir !== undefined) {
    for (const name of chosen) {
      const path = join(flags.outputDir, `netdata-egress.${formats[name]?.extension ?? name}`);
      await writeFileAtomic(path, rendered(report, name, options));
    }
  }
  if (flags.output !== undefined) await writeFileAtomic(flags.output, rendered(report, chosen[0] ?? 'text', options));
}

/** The screen says what the file does not hold. */
function hiddenLine({ mode, removed }: Report['redaction']): string {
  if (mode === 'off') return 'Redaction off: nothing was hidden, do not share this file.\n';
  return `Redaction ${mode}: ${removedText(removed)}.\n`;
}

/** stdout (or --output) is the result; --output-dir gets every format besides. */
export async function deliver(report: Report, chosen: readonly string[], flags: OutputFlags): Promise<void> {
  const terminal = terminalOptions(process.stdout, process.env, flags);
  const toScreen: RenderOptions = {
    paint: createPaint(terminal.color),
    width: terminal.width,
    unicode: terminal.unicode,
    verbose: flags.quiet === true ? -1 : (flags.verbose ?? 0),
  };
  await writeFiles(report, chosen, flags);
  const first = chosen[0] ?? 'text';
  if (flags.output !== undefined) {
    if (first !== 'text') {
      process.stdout.write(rendered(report, 'text', { ...toScreen, verbose: -1 }));
      process.stdout.write(hiddenLine(report.redaction));
    }
    return;
  }
  process.stdout.write(rendered(report, flags.outputDir === undefined ? first : 'text', toScreen));
}
