/** The account that the Agent runs as, and what it may read: discovery itself may run as root. */
import type { Installed } from './installation.js';
import type { FileStat, HostReader } from './reader.js';
import type { UnitEnvironment } from './systemd-unit.js';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** The account that the daemon runs as, or drops to after a start as root. */
export async function agentAccount(
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

export function mayRead(file: FileStat, account: Account): boolean {
  if (account.uid === 0) return true;
  if (file.uid === account.uid) return (file.mode & 0o400) !== 0;
  if (account.gids.includes(file.gid)) return (file.mode & 0o040) !== 0;
  return (file.mode & 0o004) !== 0;
}
