/** `netdata-egress watch history`: what changed, and when. */
import { changeText } from '../../watch/words.js';
import { emit } from '../report/io.js';
import { latestHistory, readHistory } from './state-dir.js';

export async function historyCommand(flags: {
  readonly stateDir?: string;
  readonly libDir?: string;
  readonly json?: boolean;
  readonly output?: string;
}): Promise<void> {
  const entries =
    flags.stateDir === undefined ? latestHistory(flags.libDir ?? '/var/lib/netdata') : readHistory(flags.stateDir);
  const changes = (entries ?? []).flatMap(({ at, changes: list }) => list.map((change) => ({ at, change })));
  if (flags.json === true) {
    const document = {
      schema: 'netdata-egress/watch-history',
      version: 1,
      changes: changes.map(({ at, change }) => ({ at, change, text: changeText(change) })),
    };
    await emit(`${JSON.stringify(document, null, 2)}\n`, flags);
    return;
  }
  const lines = changes.map(({ at, change }) => `${at.slice(0, 19)}Z  ${changeText(change)}\n`);
  const none = 'No history: nobody has watched here, or it may not be read.\n';
  await emit(lines.length === 0 ? none : lines.join(''), flags);
}
