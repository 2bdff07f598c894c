/** `netdata-egress completion`: prints a script or the manual page, changes nothing. */
import { nearest } from '../../model/unknown-name.js';
import { UsageError } from '../../model/errors.js';
import { emit, type ShowFlags } from '../report/io.js';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { manualPage } from './man.js';
import { SHELLS, type Shell } from './shells.js';
import { commandTree, type CommandNode } from './tree.js';
import { zshScript } from './zsh.js';

const SCRIPTS: Readonly<Record<Shell, (root: CommandNode) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  man: (root) => manualPage(root, sourceDate()),
};

export async function completionCommand(typed: string, flags: ShowFlags): Promise<void> {
  const shell = SHELLS.find((known) => known === typed);
  if (shell === undefined) {
    const near = nearest(
      typed,
      SHELLS.map((id) => ({ id })),
    );
    const hint = near.length > 0 ? `; did you mean ${near.join(', ')}?` : '';
    throw new UsageError(`completion takes ${SHELLS.join(', ')}, not ${JSON.stringify(typed.slice(0, 40))}${hint}`);
  }
  await emit(SCRIPTS[shell](await commandTree()), flags);
}

/** Of a package that is built from known sources: https://reproducible-builds.org/specs/source-date-epoch/ */
function sourceDate(): string {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? Number.NaN);
  return Number.isSafeInteger(seconds) && seconds < 1e11 ? new Date(seconds * 1000).toISOString().slice(0, 10) : '';
}
