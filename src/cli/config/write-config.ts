/**
 * Writing one of the Agent's files so that neither the Agent nor a crash ever sees half of it: a copy of the old one
 * beside it, a new file with the same owner and mode, then a rename; all in a directory that is held open, and with
 * the Agent's own rights where the place is the Agent's (host/agents-files.ts).
 */
import type { NewFile } from '../../agent/config-plan.js';
import type { HostReader } from '../../agent/reader.js';
import { Refused, walkToAgentsFile, withRightsOf, type WriterAccount } from '../../host/agents-files.js';
import { readPinned } from '../../host/capped-read.js';
import type { Walked } from '../../host/walk.js';
import { createIn, replaceIn, type Attributes } from '../../host/write.js';
import { UsageError } from '../../model/errors.js';
import { fileErrorText } from '../file-errors.js';

const MAX_BYTES = 2 * 1024 * 1024;

function failed(path: string, error: unknown): Error {
  if (error instanceof UsageError) return error;
  const why = error instanceof Refused ? error.message : fileErrorText(error);
  const denied = error instanceof Error && 'code' in error && ['EACCES', 'EPERM'].includes(String(error.code));
  return new UsageError(`cannot write ${path}: ${why}${denied && process.geteuid?.() !== 0 ? ': run as root' : ''}`);
}

async function attributesOfNew(reader: HostReader, created: NewFile): Promise<Attributes> {
  const [owner, gid] = await Promise.all([reader.userId(created.owner), reader.groupId(created.group)]);
  // A host without an account database still has root.
  const uid = owner?.uid ?? (created.owner === 'root' ? 0 : null);
  const group = gid ?? (created.group === 'root' ? 0 : null);
  const missing = [uid === null ? `user ${created.owner}` : '', group === null ? `group ${created.group}` : ''].filter(
    (name) => name !== '',
  );
  if (uid === null || group === null)
    throw new UsageError(`cannot create the file: there is no ${missing.join(' and no ')} on this host`);
  return { mode: created.mode, owner: { uid, gid: group } };
}

export interface WrittenConfig {
  readonly path: string;
  /** Copy of the old file; null when there was none. */
  readonly backup: string | null;
}

/** Who the Agent's files belong to, and whether somebody but root named the directories. */
export interface Ownership {
  readonly account: WriterAccount | null;
  /** True: written with the Agent's rights wherever it is, for it is the Agent who says where. */
  readonly placeIsAgents: boolean;
}

/** The old file as it is, with the rights that we have now. */
function attributesOf({ found }: Walked, path: string, before: string | null, agents: boolean): Attributes | null {
  const file = found === null ? null : readPinned(found, MAX_BYTES);
  if (file !== null && file.state !== 'read') throw new UsageError(`cannot write ${path}: it cannot be read`);
  if ((file?.bytes.toString('utf8') ?? null) !== before)
    throw new UsageError(`cannot write ${path}: it changed while we looked at it`);
  if (found === null) return null;
  const { mode, uid, gid } = found.stats;
  // With the Agent's rights a file is the Agent's.
  return { mode: mode & 0o7777, owner: agents ? null : { uid, gid } };
}

/** Replaces `before` by `after`; refuses when the file is not `before` any more. Throws UsageError. */
export async function writeConfig(
  reader: HostReader,
  wanted: string,
  before: string | null,
  after: string,
  created: NewFile,
  now: Date,
  ownership: Ownership,
): Promise<WrittenConfig> {
  const { account } = ownership;
  const ofNew = before === null ? await attributesOfNew(reader, created) : null;
  try {
    const place = walkToAgentsFile(wanted, account);
    try {
      const agents = process.geteuid?.() === 0 && (place.agents || ownership.placeIsAgents);
      if (agents && account === null) throw new Refused('the account of the Agent is not known');
      const write = (): WrittenConfig => replace(place, wanted, before, after, ofNew, now, agents);
      return agents && account !== null && account.uid !== 0 ? withRightsOf(account, write) : write();
    } finally {
      place.close();
    }
  } catch (error) {
    throw failed(wanted, error);
  }
}

/** From here to the end nothing is looked up by a path again, and nobody else of this process gets to run. */
function replace(
  place: Walked,
  wanted: string,
  before: string | null,
  after: string,
  ofNew: Attributes | null,
  now: Date,
  agents: boolean,
): WrittenConfig {
  const { directory, name, real } = place;
  const old = attributesOf(place, wanted, before, agents);
  const target = old ?? { mode: ofNew?.mode ?? 0o600, owner: agents ? null : (ofNew?.owner ?? null) };
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  const backup = old === null ? null : `.${stamp}.bak`;
  if (backup !== null) createIn(directory, name + backup, Buffer.from(before ?? ''), target);
  replaceIn(directory, name, Buffer.from(after), target);
  return { path: real, backup: backup === null ? null : real + backup };
}
