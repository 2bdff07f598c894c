/** The guard of `rules apply` as a process of its own: this program again, by a verb that no help names. */
import { UsageError } from '../model/errors.js';
import { ON_WATCH, type DeadManProgram } from '../firewall/live/change/backup.js';
import { keepWatch } from '../firewall/live/change/dead-man.js';
import { DEAD_MAN } from './hidden-verbs.js';
import { ownProgram } from './self.js';

export function deadManProgram(): DeadManProgram {
  const { file, args, input } = ownProgram();
  return { file, args: [...args, DEAD_MAN], input };
}

export async function deadMan(args: readonly string[]): Promise<void> {
  const [stateDir = '', id = '', timeoutMs = ''] = args;
  if (args.length !== 3 || !stateDir.startsWith('/') || !/^[\w.-]{1,100}$/.test(id) || !/^\d{1,9}$/.test(timeoutMs))
    throw new UsageError(`${DEAD_MAN} is started by rules apply, which tells it what to guard`);
  await keepWatch(stateDir, id, Number(timeoutMs), () => process.stdout.write(ON_WATCH));
}
