/** `netdata-egress watch`: events to standard output, metrics, a command for each change. */
import { join } from 'node:path';
import { writeOutput } from '../../host/output.js';
import { serveMetrics, type MetricsServer } from '../../net/metrics-server.js';
import { UsageError } from '../../model/errors.js';
import { OUTCOME_WORDS } from '../../report/words.js';
import { troubleEvent, type Trouble, type WatchEvent } from '../../watch/event.js';
import type { Published } from '../../watch/loop.js';
import { metricsText } from '../../watch/open-metrics.js';
import { fileErrorText } from '../file-errors.js';
import { stdoutFault } from '../stdout.js';
import { packageVersion } from '../version.js';
import { assertWritable } from '../write-file.js';
import { serviceNotifier } from './notify.js';
import { onChange } from './on-change.js';
import { watchOptions, type WatchFlags, type WatchOptions } from './options.js';
import { runSession } from './session.js';
import { stateDirectory } from './state-dir.js';

const TEXTFILE = 'netdata_egress.prom';

export async function watchCommand(raw: Record<string, unknown>): Promise<void> {
  const flags = raw as WatchFlags;
  const options = watchOptions(flags);
  if (options.textfile !== null) await assertWritable(join(options.textfile, TEXTFILE));
  const told = new Set<string>();
  const emit = (event: WatchEvent): void => {
    // A full disk behind standard output ends nothing: it is told on the other stream, once.
    process.stdout.write(options.json ? `${JSON.stringify(event)}\n` : textLine(event));
    const fault = stdoutFault();
    if (fault !== null && !told.has('stdout')) {
      told.add('stdout');
      process.stderr.write(`netdata-egress: ${fault}\n`);
    }
    if (event.event === 'trouble') process.stderr.write(`netdata-egress: ${event.text}\n`);
    if (event.event === 'change') command?.tell(event);
  };
  const trouble = (what: Trouble): void => {
    if (told.has(what.kind)) return;
    told.add(what.kind);
    emit(troubleEvent(Date.now(), what));
  };
  const command = options.onChange === null ? null : onChange(options.onChange, trouble);
  const notifier = serviceNotifier(process.env, () => performance.now());
  let state: Published | null = null;
  let server: MetricsServer | null = null;
  await runSession(options, {
    stateDir: stateDirectory(flags.stateDir ?? null),
    emit,
    publish: (now) => {
      state = now;
      void writeTextfile(options, now).then(
        () => told.delete('textfile_not_written'),
        (error: unknown) => trouble({ kind: 'textfile_not_written', code: fileErrorText(error) }),
      );
    },
    alive: () => notifier.alive(),
    begin: async () => {
      server = await listen(options, () => state);
      await notifier.ready();
    },
    end: () => {
      notifier.stopping();
      command?.stop();
      server?.close();
    },
  });
}

async function writeTextfile({ textfile, everyMs }: WatchOptions, state: Published): Promise<void> {
  if (textfile === null) return;
  // The collector runs as another user.
  await writeOutput(join(textfile, TEXTFILE), metricsText(state, 'text', packageVersion(), everyMs), 0o644);
}

async function listen(
  { listen: at, everyMs }: WatchOptions,
  state: () => Published | null,
): Promise<MetricsServer | null> {
  if (at === null) return null;
  try {
    const server = await serveMetrics(at, (form) => metricsText(state(), form, packageVersion(), everyMs));
    const host = at.host.includes(':') ? `[${at.host}]` : at.host;
    process.stderr.write(`netdata-egress: metrics at http://${host}:${String(server.port)}/metrics\n`);
    return server;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const words: Readonly<Record<string, string>> = {
      EADDRINUSE: 'somebody else listens there',
      EADDRNOTAVAIL: 'this host has no such address',
      EACCES: 'not permitted',
    };
    throw new UsageError(`--listen ${at.host}:${String(at.port)}: ${words[code] ?? code}`);
  }
}

function textLine(event: WatchEvent): string {
  const at = `${event.at.slice(0, 19)}Z`;
  if (event.event !== 'round') return event.event === 'change' ? `${at}  ${event.text}\n` : '';
  const cause = event.cause === null ? '' : ` (${event.cause})`;
  return `${at}  claim ${OUTCOME_WORDS[event.claim]}, link ${OUTCOME_WORDS[event.link]}${cause}\n`;
}
