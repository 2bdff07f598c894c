/**
 * Runs the probes as the Agent's user, so that firewall rules that match owners apply. Only the effective ids change:
 * discovery before and the firewall's rules after still need root.
 */
import { UsageError } from '../../model/errors.js';
import { preload } from '../../net/preload.js';
import type { Account } from '../../agent/account.js';
import type { HostReader } from '../../agent/reader.js';

export interface AgentUser {
  readonly uid: number | null;
  readonly gid: number | null;
  readonly name: string | null;
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
  readonly notChecked: readonly string[];
}

const AGENT_USER = 'netdata';

/**
 * @param asked by option; null = the account that the Agent runs as, when we are root; else our own user, said plainly
 * @param runsAs what discovery found; null = not known
 */
export async function agentUser(
  reader: HostReader,
  asked: string | null,
  runsAs: Account | null = null,
): Promise<AgentUser> {
  const self = (notChecked: readonly string[]): AgentUser => ({
    uid: reader.uid,
    gid: process.getegid?.() ?? null,
    name: null,
    run: (work) => work(),
    notChecked,
  });
  const { seteuid, setegid, getegid, setgroups, getgroups } = process;
  const unsupported = seteuid === undefined || setegid === undefined || setgroups === undefined;
  if (unsupported || getegid === undefined || getgroups === undefined) {
    if (asked !== null) throw new UsageError('--as-user does not work on this platform');
    return self([]);
  }
  const name = asked ?? runsAs?.name ?? AGENT_USER;
  const found = asked === null && runsAs !== null ? { ...runsAs, groups: runsAs.gids.slice(1) } : null;
  const user = found === null ? await reader.userId(name) : { ...found, gid: found.gids[0] ?? found.uid };
  if (user === null) {
    if (asked !== null) throw new UsageError(`--as-user: there is no user "${printable(asked)}"`);
    return self([]);
  }
  if (user.uid === reader.uid) return { ...self([]), uid: user.uid, name };
  if (reader.uid !== 0) {
    if (asked !== null) throw new UsageError('--as-user needs root');
    return self([`rules that match the user ${printable(name)}: not checked because the doctor does not run as root`]);
  }
  const group = getegid();
  const groups = getgroups();
  const back = (): void => {
    seteuid(0);
    setegid(group);
    setgroups(groups);
  };
  const become = (): void => {
    setgroups([...user.groups]);
    setegid(user.gid);
    seteuid(user.uid);
  };
  const why = attempt(become, back);
  if (why !== null) {
    const missing = `this root may not change its user here (${why})`;
    if (asked !== null) throw new UsageError(`--as-user: ${missing}`);
    return self([`rules that match the user ${name}: not checked because ${missing}`]);
  }
  return {
    uid: user.uid,
    gid: user.gid,
    name,
    notChecked: [],
    run: async (work) => {
      await preload();
      become();
      try {
        return await work();
      } finally {
        back();
      }
    },
  };
}

/**
 * Root is not root everywhere: a container may drop CAP_SETUID and CAP_SETGID, a user namespace knows few users.
 * Tried there and back, so that nothing is found out in the middle of a run. The error's code; null = it works.
 */
function attempt(become: () => void, back: () => void): string | null {
  let why: string | null = null;
  try {
    become();
  } catch (error) {
    why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  try {
    back();
  } catch (error) {
    why ??= error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  return why;
}

function printable(text: string): string {
  return text.slice(0, 40).replaceAll(/[^\x20-\x7e]/g, '?');
}
