/**
 * Reads the end of the Agent's own log: its file or the journal, whichever it wrote to last. Bounded in bytes and time; a
 * log of gigabytes costs as much as a short one.
 */
import { readJournal, readLogText } from '../../agent/words/log-lines.js';
import { readTail } from '../../host/capped-read.js';
import type { AgentFacts } from '../../model/agent.js';
import type { FailureKind } from '../../model/failure.js';
import type { AgentLogLine, Observation, ReadAgentLogObservation } from '../../model/observation.js';
import type { IdSource } from '../../probe/run-context.js';
import { runProgram } from './run-program.js';
import { OF_THIS_HOST } from './of-this-host.js';

/** Some thousand lines: an Agent that fails every few seconds has said what it says. */
const TAIL_BYTES = 512 * 1024;
const JOURNAL_MS = 1500;
const JOURNAL_LINES = 500;

/** From 1.44.0 `daemon.log`, before that `error.log`. */
const FILES = ['daemon.log', 'error.log'];
/** From 1.44.0 the Agent logs to a namespace of its own; before, systemd kept what it printed. */
const JOURNALS = [['--namespace=netdata'], ['--unit=netdata']];

export interface Read {
  readonly source: ReadAgentLogObservation['source'];
  readonly where: string;
  readonly lines: readonly AgentLogLine[];
  readonly failure: FailureKind | null;
  readonly rawCode: string | null;
}

function readFiles(directory: string): Read | null {
  for (const name of FILES) {
    const where = `${directory}/${name}`;
    const file = readTail(where, TAIL_BYTES);
    if (file.state === 'missing') continue;
    if (file.state === 'unreadable')
      return { source: 'file', where, lines: [], failure: 'file_unreadable', rawCode: file.code };
    const lines = readLogText(file.bytes.toString('utf8'));
    if (lines.length > 0) return { source: 'file', where, lines, failure: null, rawCode: null };
  }
  return null;
}

async function readJournals(): Promise<Read | null> {
  for (const which of JOURNALS) {
    const options = ['--output=json', '--output-fields=MESSAGE', '--no-pager', '--quiet'];
    const said = await runProgram('journalctl', [...which, ...options, `--lines=${String(JOURNAL_LINES)}`], JOURNAL_MS);
    if (!said.ok) continue;
    const lines = readJournal(said.stdout);
    if (lines.length > 0) return { source: 'journal', where: which[0] ?? '', lines, failure: null, rawCode: null };
  }
  return null;
}

/** An upgrade that moves the log to the journal leaves the file behind; before 1.44.0 its lines say no time. */
export function laterOf(file: Read | null, journal: Read | null): Read | null {
  if (file === null || journal === null || file.failure !== null) return journal ?? file;
  const last = ({ lines }: Read): string => lines.at(-1)?.at ?? '';
  return last(journal) > last(file) ? journal : file;
}

/** At most one observation; none where there is no log, or nothing in it about claiming and the link. */
export async function readAgentLog(
  facts: AgentFacts,
  ids: IdSource,
  now: () => number,
): Promise<readonly Observation[]> {
  const { logDir, kind } = facts.installation;
  if (kind === null || logDir === undefined) return [];
  const t0Ms = now();
  const read = laterOf(readFiles(logDir), await readJournals());
  if (read === null) return [];
  const { source, where, lines, failure, rawCode } = read;
  return [
    {
      id: ids.next('read_agent_log'),
      operation: 'read_agent_log',
      ...OF_THIS_HOST,
      t0Ms,
      tMs: now(),
      failure: failure === null ? null : { kind: failure, operation: 'read_agent_log', rawCode, detail: '' },
      source,
      where,
      lines,
    },
  ];
}
