/** The account that the Agent runs as, and what it may read: discovery itself may run as root. */
import { lookup } from './ini.js';
import type { Installed } from './installation.js';
import type { FileStat, HostReader, ProcessEntry } from './reader.js';
import type { UnitEnvironment } from './systemd-unit.js';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** The account that this host gives to the Agent: the service unit's, else the packages' `netdata`. */
export async function serviceAccount(reader: HostReader, unit: UnitEnvironment | null): Promise<Account | null> {
  const name = unit?.user != null && unit.user !== 'root' ? unit.user : 'netdata';
  const user = await reader.userId(name);
  return user === null ? null : { name, uid: user.uid, gids: [user.gid, ...user.groups] };
}

/** The account that the daemon runs as, or drops to after a start as root. */
export async function agentAccount(
  reader: HostReader,
  installed: Installed,
  unit: UnitEnvironment | null,
): Promise<Account | null> {
  const { process } = installed;
  if (process?.uid != null && !installed.stranger) {
    const name = (await reader.userName(process.uid)) ?? String(process.uid);
    const groups = (await reader.userId(name))?.groups ?? [];
    return { name, uid: process.uid, gids: [...(process.gid === null ? [] : [process.gid]), ...groups] };
  }
  const name = startsAs(installed, unit);
  if (name === ROOT) return { name, uid: 0, gids: [0] };
  const user = await reader.userId(name);
  return user === null ? null : { name, uid: user.uid, gids: [user.gid, ...user.groups] };
}

/**
 * Whether a process that calls itself an Agent runs as one would: as root, as the Agent's account, or as ourselves
 * without privileges. Anybody can start a process of that name.
 */
export function isAgentsOwn(reader: HostReader, { uid }: ProcessEntry, service: Account | null): boolean {
  return uid === null || uid === 0 || uid === service?.uid || (reader.uid !== 0 && uid === reader.uid);
}

const ROOT = 'root';

/**
 * The account of an Agent that does not run: the service unit's, else what `-u` of its command or `run as user` of
 * netdata.conf says once it was started as root (the command wins), else the one it was built for. An account that does not exist leaves the Agent what it was started as.
 */
function startsAs(installed: Installed, unit: UnitEnvironment | null): string {
  if (unit?.user != null && unit.user !== ROOT) return unit.user;
  const asked = unit?.runAs ?? lookup(installed.netdataConf.ini, 'global', 'run as user')?.value;
  return asked === undefined || asked === '' ? 'netdata' : asked;
}

export function mayRead(file: FileStat, account: Account): boolean {
  if (account.uid === 0) return true;
  if (file.uid === account.uid) return (file.mode & 0o400) !== 0;
  if (account.gids.includes(file.gid)) return (file.mode & 0o040) !== 0;
  return (file.mode & 0o004) !== 0;
}
