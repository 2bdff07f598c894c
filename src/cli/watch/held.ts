/** Whether the rules that were loaded from here hold an address; null where there are none, or they cannot be read. */
import { parseAddress } from '../../addresses/address.js';
import { covers, tryParsePrefix, type Prefix } from '../../addresses/prefix.js';
import { lookFor, STATE_DIR } from '../rules/live-context.js';
import { loadConfig } from '../rules/config.js';
import type { Context } from '../../watch/track.js';
import { UsageError } from '../../model/errors.js';

function prefixOf(text: string): Prefix | null {
  const prefix = tryParsePrefix(text);
  return 'problem' in prefix ? null : prefix;
}

export async function heldByRules(port: number, stateDir: string = STATE_DIR): Promise<Context['held']> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  try {
    const config = await loadConfig(stateDir);
    if (config === null || config.outputDir !== null) return null;
    const live = await lookFor(config.target, config.request, config.backend);
    // Rules of names need no address; rules that are not there hold nothing, and status says so.
    if (live === null || !live.present || live.entries.length === 0) return null;
    const held = live.entries
      .filter(({ ports }) => ports.split(',').includes(String(port)))
      .flatMap(({ cidr }) => prefixOf(cidr) ?? []);
    return (_, address) => {
      const one = parseAddress(address) === null ? null : prefixOf(address);
      return one === null || held.some((prefix) => covers(prefix, one));
    };
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
