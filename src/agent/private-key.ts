/** Whether the Agent can read its private key, from metadata alone: the key itself is never opened. */
import { mayRead, type Account } from './account.js';
import type { Installed } from './installation.js';
import type { KeyFacts } from './lint/context.js';
import type { HostReader } from './reader.js';

export async function privateKeyFacts(
  reader: HostReader,
  installed: Installed,
  account: Account | null,
): Promise<KeyFacts> {
  const path = `${installed.keyDir}/private.pem`;
  const info = await reader.stat(path);
  const user = account?.name ?? 'netdata';
  if (info === 'missing') return { path, state: 'missing', user };
  if (info === 'denied' || account === null) return { path, state: 'unknown', user };
  return { path, state: mayRead(info, account) ? 'readable' : 'unreadable_for_agent', user };
}
