/** `netdata-egress watch history`: what changed, and when. */
import { changeText } from '../../watch/words.js';
import { latestHistory, readHistory } from './state-dir.js';

export function historyCommand(flags: {
  readonly stateDir?: string;
  readonly libDir?: string;
  readonly json?: boolean;
}): void {
  const entries =
    flags.stateDir === undefined ? latestHistory(flags.libDir ?? '/var/lib/netdata') : readHistory(flags.stateDir);
  const changes = (entries ?? []).flatMap(({ at, changes: list }) => list.map((change) => ({ at, change })));
  if (flags.json === true) {
    const document = {
      schema: 'netdata-egress/watch-history',
      version: 1,
      changes: changes.map(({ at, change }) => ({ at, change, text: changeText(change) })),
    };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  if (changes.length === 0) process.stdout.write('No history: nobody has watched here, or it may not be read.\n');
  for (const { at, change } of changes) process.stdout.write(`${at.slice(0, 19)}Z  ${changeText(change)}\n`);
}
