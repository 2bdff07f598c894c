/**
 * Where root may write one of the Agent's files, and as whom. Every directory on the way belongs to root or to the
 * Agent's account and is writable by nobody else; a link counts only where root made it and nobody else could have;
 * what lies in a directory of the Agent is read and written with the Agent's own rights.
 */
import { codeOf, walk, type Step, type Walked } from './walk.js';

export interface WriterAccount {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** Why a path is not written, in words that follow its name. */
export class Refused extends Error {}

interface Judge {
  readonly judge: (step: Step) => void;
  /** Whether a directory of the Agent was met. */
  readonly isAgents: () => boolean;
}

function judgeFor(account: WriterAccount | null): Judge {
  const self = process.geteuid?.() ?? 0;
  const agentUid = account?.uid ?? 0;
  const groups = new Set([0, ...(account === null ? [] : [account.gid, ...account.groups])]);
  if (self !== 0 && process.getegid !== undefined) groups.add(process.getegid());
  let agents = false;
  return {
    isAgents: () => agents,
    judge({ path, stats, isLink }) {
      const rootOrSelf = stats.uid === 0 || stats.uid === self;
      if (isLink) {
        if (agents || !rootOrSelf)
          throw new Refused(`${path} is a symbolic link that belongs to somebody else, or lies where others may write`);
        return;
      }
      if (!rootOrSelf && stats.uid !== agentUid)
        throw new Refused(`${path} belongs to user ${String(stats.uid)}, neither root nor the Agent's account`);
      if (!stats.isDirectory()) return;
      // In a sticky directory nobody but the owner exchanges what is there.
      const sticky = (stats.mode & 0o1000) !== 0;
      const others = (stats.mode & 0o002) !== 0 || ((stats.mode & 0o020) !== 0 && !groups.has(stats.gid));
      if (others && !sticky) throw new Refused(`${path} may be written by others than root and the Agent's account`);
      const agentMay = (stats.mode & 0o020) !== 0 && stats.gid !== 0 && groups.has(stats.gid);
      if (self === 0 && !sticky && agentUid !== 0 && (stats.uid === agentUid || agentMay)) agents = true;
    },
  };
}

/** The place of one of the Agent's files, and whether it is to be touched with the Agent's rights. Throws Refused. */
export function walkToAgentsFile(path: string, account: WriterAccount | null): Walked & { readonly agents: boolean } {
  const { judge, isAgents } = judgeFor(account);
  const walked = walk(path, { judge });
  const { found } = walked;
  if (found !== null && !found.stats.isFile()) {
    walked.close();
    throw new Refused('it is not a file');
  }
  return { ...walked, agents: isAgents() };
}

/** Whether root alone decides what stands in a file. */
export function isRootsAlone(path: string): boolean {
  const only = { judge: onlyRoot };
  try {
    const walked = walk(path, only);
    walked.close();
    return walked.found?.stats.isFile() === true;
  } catch {
    return false;
  }
}

function onlyRoot({ path, stats, isLink }: Step): void {
  if (stats.uid !== 0) throw new Refused(path);
  const groupMay = (stats.mode & 0o020) !== 0 && stats.gid !== 0;
  const sticky = stats.isDirectory() && (stats.mode & 0o1000) !== 0;
  if (!isLink && !sticky && (groupMay || (stats.mode & 0o002) !== 0)) throw new Refused(path);
}

/** Does `work`, which must be synchronous, with the rights of an account. Throws Refused when they cannot be taken. */
export function withRightsOf<T>(account: WriterAccount, work: () => T): T {
  const { geteuid, getegid, getgroups, seteuid, setegid, setgroups } = process;
  if (seteuid === undefined || setegid === undefined || setgroups === undefined) return work();
  const [uid, gid, groups] = [geteuid?.() ?? 0, getegid?.() ?? 0, getgroups?.() ?? []];
  const back = (): void => {
    seteuid(uid);
    setegid(gid);
    setgroups(groups);
  };
  try {
    setgroups([...account.groups]);
    setegid(account.gid);
    seteuid(account.uid);
  } catch (error) {
    try {
      back();
    } catch {
      // What could not be taken need not be given back.
    }
    throw new Refused(`it belongs to the Agent's account, and its rights cannot be taken here (${codeOf(error)})`);
  }
  try {
    return work();
  } finally {
    back();
  }
}
