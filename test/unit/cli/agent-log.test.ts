import { mkdtemp, rm, truncate, appendFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { laterOf, readAgentLog, type Read } from '../../../src/cli/host/agent-log.js';
import type { AgentFacts } from '../../../src/model/agent.js';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'egress-log-'));
});
afterEach(() => rm(directory, { recursive: true }));

const facts = (logDir: string) => ({ installation: { kind: 'native', logDir } }) as AgentFacts;
const ids = { next: (operation: string) => `${operation}-1` } as Parameters<typeof readAgentLog>[1];
const read = () => readAgentLog(facts(directory), ids, () => 0);

it('reads the end of a log of ten gigabytes as fast as of a short one', async () => {
  const log = join(directory, 'daemon.log');
  await writeFile(log, '');
  await truncate(log, 10 * 1024 ** 3);
  await appendFile(log, '\nmsg="ACLK CONNECTED"\n');
  const before = process.memoryUsage().rss;
  const [seen] = await read();
  expect(seen).toMatchObject({ source: 'file', where: log, failure: null, lines: [{ kind: 'connected' }] });
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 ** 2);
});

it('goes on to the log of older releases where the newer one says nothing', async () => {
  await writeFile(join(directory, 'daemon.log'), 'msg="something"\n');
  await writeFile(join(directory, 'error.log'), '2023-05-01 10:00:00: netdata INFO  : MAIN : ACLK DISCONNECTED\n');
  expect((await read())[0]).toMatchObject({ where: join(directory, 'error.log'), lines: [{ kind: 'disconnected' }] });
});

const from = (source: Read['source'], at: string | null): Read => ({
  source,
  where: source,
  lines: [{ at, about: 'link', kind: 'connected', outcome: 'worked', text: 'x' }],
  failure: null,
  rawCode: null,
});

it.each([
  ['2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 'file'],
  ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', 'journal'],
  [null, '2026-01-02T00:00:00.000Z', 'journal'],
])('takes what was written last: a file of %s and a journal of %s: %s', (file, journal, source) => {
  expect(laterOf(from('file', file), from('journal', journal))?.source).toBe(source);
});

it('takes what there is', () => {
  expect(laterOf(from('file', null), null)?.source).toBe('file');
  expect(laterOf(null, from('journal', null))?.source).toBe('journal');
  expect(laterOf({ ...from('file', null), failure: 'file_unreadable' }, from('journal', null))?.source).toBe('journal');
  expect(laterOf(null, null)).toBeNull();
});
