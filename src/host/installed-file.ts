/**
 * Files of ours in directories of the Agent or of the system: put there whole, and taken away again when they are still
 * ours. Each place is walked to as one of the Agent's files is (agents-files.ts). Synchronous; throws Refused and the file
 * system's errors.
 */
import { chmodSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { Refused, walkToAgentsFile, withRightsOf, type WriterAccount } from './agents-files.js';
import { readPinned } from './capped-read.js';
import { codeOf, isMissing, walk, type Place } from './walk.js';
import { replaceIn } from './write.js';

const MAX_BYTES = 256 * 1024;

export interface Installed {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

function withRights<T>(account: WriterAccount | null, agents: boolean, work: () => T): T {
  return agents && account !== null && account.uid !== 0 && process.geteuid?.() === 0
    ? withRightsOf(account, work)
    : work();
}

function textIn(found: Place | null): string | null {
  if (found === null) return null;
  const file = readPinned(found, MAX_BYTES);
  return file.state === 'read' ? file.bytes.toString('utf8') : '';
}

/** null where nothing stands. */
export function readInstalled(path: string, account: WriterAccount | null): string | null {
  try {
    const place = walkToAgentsFile(path, account);
    try {
      return textIn(place.found);
    } finally {
      place.close();
    }
  } catch (error) {
    if (isMissing(codeOf(error))) return null;
    throw error;
  }
}

/** Takes the place of a file that `isOurs`; any other is refused. */
export function putFile(
  { path, content, mode }: Installed,
  account: WriterAccount | null,
  isOurs: (text: string) => boolean,
): void {
  const place = walkToAgentsFile(path, account);
  try {
    const before = textIn(place.found);
    if (before !== null && !isOurs(before)) throw new Refused('a file that is not ours stands there');
    withRights(account, place.agents, () =>
      replaceIn(place.directory, place.name, Buffer.from(content), { mode, owner: null }),
    );
  } finally {
    place.close();
  }
}

/** False when there is none, or it is not ours. */
export function removeFile(path: string, account: WriterAccount | null, isOurs: (text: string) => boolean): boolean {
  try {
    const place = walkToAgentsFile(path, account);
    try {
      const text = textIn(place.found);
      if (text === null || !isOurs(text)) return false;
      withRights(account, place.agents, () => unlinkSync(`${place.directory.path}/${place.name}`));
      return true;
    } finally {
      place.close();
    }
  } catch (error) {
    if (isMissing(codeOf(error))) return false;
    throw error;
  }
}

/** True when it had to be made. Its parent must be there. */
export function makeDirectory(path: string, account: WriterAccount | null): boolean {
  if (isDirectory(path)) return false;
  const place = walkToAgentsFile(path, account);
  try {
    withRights(account, place.agents, () => {
      const made = `${place.directory.path}/${place.name}`;
      mkdirSync(made, { mode: 0o755 });
      chmodSync(made, 0o755);
    });
    return true;
  } finally {
    place.close();
  }
}

function isDirectory(path: string): boolean {
  try {
    const walked = walk(path);
    const yes = walked.found?.stats.isDirectory() === true;
    walked.close();
    return yes;
  } catch (error) {
    if (isMissing(codeOf(error))) return false;
    throw error;
  }
}

/** False when it is not there or holds something. Needs the rights of whoever may write its parent. */
export function removeDirectoryIfEmpty(path: string, account: WriterAccount | null): boolean {
  const remove = (): boolean => {
    try {
      rmdirSync(path);
      return true;
    } catch (error) {
      if (isMissing(codeOf(error)) || ['ENOTEMPTY', 'EEXIST', 'EBUSY'].includes(codeOf(error))) return false;
      throw error;
    }
  };
  return withRights(account, account !== null, remove);
}
