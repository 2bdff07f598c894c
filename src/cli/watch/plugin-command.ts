/**
 * `netdata-egress plugin UPDATE_EVERY`: the watch inside Netdata, as its plugins.d starts it. Standard output belongs to
 * the protocol; everything for people goes to standard error, which Netdata puts into its log.
 */
import { hostname } from 'node:os';
import { UsageError } from '../../model/errors.js';
import { FUNCTION_LINE, functionAnswer, functionCalls } from '../../watch/function.js';
import type { Published } from '../../watch/loop.js';
import { pluginOutput } from '../../watch/plugins-d.js';
import { titleOf } from '../explain/catalogue.js';
import { watchOptions, type WatchFlags } from './options.js';
import { runSession } from './session.js';
import { pluginStateDir, stateDirectory } from './state-dir.js';

/** Between two rounds nothing changes: seconds. */
const LEAST_EVERY = 10;

export async function pluginCommand(updateEvery: string | undefined, raw: Record<string, unknown>): Promise<void> {
  const flags = raw as WatchFlags;
  const options = watchOptions(flags);
  const given = updateEvery ?? process.env['NETDATA_UPDATE_EVERY'] ?? '1';
  if (!/^[1-9]\d{0,4}$/.test(given)) throw new UsageError('plugin takes a number of seconds, as Netdata gives it');
  const seconds = Math.max(LEAST_EVERY, Number(given));
  const { NETDATA_LIB_DIR: libDir } = process.env;
  const inNetdata = libDir?.startsWith('/') === true ? pluginStateDir(libDir) : null;
  const host = process.env['NETDATA_HOSTNAME'] ?? hostname();
  const output = pluginOutput(host, seconds);
  let state: Published | null = null;
  const print = (): void => {
    if (state !== null) process.stdout.write(output.print(state, Date.now()));
  };
  // Netdata has gone: nobody reads any more.
  const gone = (): void => void process.kill(process.pid, 'SIGTERM');
  const take = functionCalls((call) => {
    const context = { titleOf, nowMs: Date.now(), updateEvery: seconds };
    process.stdout.write(functionAnswer(call, state, context));
  }, gone);
  let timer: NodeJS.Timeout | null = null;
  await runSession(options, {
    stateDir: flags.stateDir ?? inNetdata ?? stateDirectory(null),
    emit: (event) => {
      if (event.event !== 'round') process.stderr.write(`netdata-egress: ${event.text}\n`);
    },
    publish: (now) => {
      const first = state === null;
      state = now;
      if (first) print();
    },
    alive: () => undefined,
    begin: () => {
      process.stdout.on('error', gone);
      timer = setInterval(print, seconds * 1000);
      process.stdout.write(FUNCTION_LINE);
      // By hand nobody calls, and a job in the background may not read its terminal.
      if (!process.stdin.isTTY)
        process.stdin
          .setEncoding('utf8')
          .on('data', take)
          .on('error', () => undefined);
      return Promise.resolve();
    },
    end: () => {
      if (timer !== null) clearInterval(timer);
      process.stdout.off('error', gone);
      process.stdin.destroy();
    },
  });
}
