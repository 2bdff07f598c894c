/** Whether the Agent can read its private key, from metadata alone: the key itself is never opened. */
import type { Installed } from './installation.js';
import type { KeyFacts } from './lint/context.js';
import type { FileStat, HostReader } from './reader.js';
import type { UnitEnvironment } from './systemd-unit.js';

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** The account that the daemon runs as, or drops to after a start as root. */
async function agentAccount(
  reader: HostReader,
  installed: Installed,
  unit: UnitEnvironment | null,
): Promise<Account | null> {
  const { process } = installed;
  if (process?.uid != null) {
    const name = (await reader.userName(process.uid)) ?? String(process.uid);
    const groups = (await reader.userId(name))?.groups ?? [];
    return { name, uid: process.uid, gids: [...(process.gid === null ? [] : [process.gid]), ...groups] };
  }
  const name = unit?.user != null && unit.user !== 'root' ? unit.user : 'netdata';
  const user = await reader.userId(name);
  return user === null ? null : { name, uid: user.uid, gids: [user.gid, ...user.groups] };
}

function mayRead(file: FileStat, account: Account): boolean {
  if (account.uid === 0) return true;
  if (file.uid === account.uid) return (file.mode & 0o400) !== 0;
  if (account.gids.includes(file.gid)) return (file.mode & 0o040) !== 0;
  return (file.mode & 0o004) !== 0;
}

export async function privateKeyFacts(
  reader: HostReader,
  installed: Installed,
  unit: UnitEnvironment | null,
): Promise<KeyFacts> {
  const path = `${installed.keyDir}/private.pem`;
  const [info, account] = await Promise.all([reader.stat(path), agentAccount(reader, installed, unit)]);
  const user = account?.name ?? 'netdata';
  if (info === 'missing') return { path, state: 'missing', user };
  if (info === 'denied' || account === null) return { path, state: 'unknown', user };
  return { path, state: mayRead(info, account) ? 'readable' : 'unreadable_for_agent', user };
}
