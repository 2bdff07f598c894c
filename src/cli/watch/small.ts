/** What runs for a second in five minutes earns no optimised code, and no room for garbage to wait in. */
import { setFlagsFromString } from 'node:v8';

const WHILE_RUNNING = ['--optimize-for-size', '--no-opt', '--no-sparkplug'];

/** For a node that is still to be started. */
export const SMALL = ['--max-semi-space-size=1', '--single-threaded', ...WHILE_RUNNING];

/**
 * For the process that runs already, as an executable or by hand: the limits that V8 looks at again and again. Measured
 * without a network, where each round is a whole doctor's run: 77 MB instead of 112.
 */
export function staySmall(): void {
  for (const flag of ['--semi-space-growth-factor=1', ...WHILE_RUNNING]) setFlagsFromString(flag);
}
