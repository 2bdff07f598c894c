/** The history survives whatever moment a process dies, and is never trusted. */
import { assert, integer, jsonValue, property, string } from 'fast-check';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPaint } from '../../../src/cli/terminal.js';
import { recentFor } from '../../../src/cli/watch/recent.js';
import { renderText } from '../../../src/report/text.js';
import { openJournal } from '../../../src/host/journal.js';
import type { Change } from '../../../src/watch/change.js';
import { factsOf } from '../../../src/watch/facts.js';
import { decodeEntry, decodeHistory, encodeEntry, recentChanges, type Entry } from '../../../src/watch/history.js';
import { NOTHING, track } from '../../../src/watch/track.js';
import { healthy, mqttDropped } from '../../helpers/sample-kinds.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const NOW = Date.parse('2026-03-30T12:00:00Z');
const { memory } = track(NOTHING, factsOf(healthy()), { nowMs: NOW, held: null });
const entry = (byMs: number): Entry => ({
  at: new Date(NOW + byMs).toISOString(),
  changes: [{ kind: 'clock', byMs }],
  memory,
});

describe('lines', () => {
  it('come back as they were', () => {
    const bad = track(memory, factsOf(mqttDropped()), { nowMs: NOW, held: () => false });
    const whole = { at: new Date(NOW).toISOString(), changes: bad.changes, memory: bad.memory };
    expect(decodeEntry(encodeEntry(whole))).toMatchObject(whole);
  });

  it('that lack a field, or have another one in its place, are none of ours', () => {
    const document = JSON.parse(encodeEntry(entry(1))) as Record<string, unknown>;
    const paths: (readonly string[])[] = [];
    const visit = (value: unknown, path: readonly string[]): void => {
      if (path.length > 0) paths.push(path);
      if (path.length < 3 && typeof value === 'object' && value !== null && !Array.isArray(value))
        for (const [name, part] of Object.entries(value)) visit(part, [...path, name]);
    };
    visit(document, []);
    const free = /^memory\.(facts\.(connections|durationMs|retryAfterMs|reconnects|classes\..*)|seen\.|latency\.)/;
    for (const path of paths.filter((one) => !free.test(one.join('.')))) {
      const copy = structuredClone(document);
      let at = copy;
      for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
      at[path.at(-1) ?? ''] = { odd: [true] };
      const line = JSON.stringify(copy);
      if (/^memory\.facts\.(addresses|signers|classes)$|^memory\.(seen|latency)$/.test(path.join('.'))) continue;
      if (/^memory\.facts\.(steps\.\w+)$/.test(path.join('.'))) continue;
      expect([path.join('.'), decodeEntry(line)]).toEqual([path.join('.'), null]);
    }
  });

  it('of any text at all never throw', () => {
    assert(property(string(), (text) => void decodeHistory(text)));
    assert(property(jsonValue(), (value) => decodeEntry(JSON.stringify(value)) === null));
  });
});

describe('the journal', () => {
  const open = (maxBytes = 20_000) => openJournal(directory, 'history.ndjson', maxBytes);
  const path = (): string => join(directory, 'history.ndjson');

  it('is whole after a cut at any byte, and goes on from there', () => {
    const journal = open(1_000_000);
    for (const byMs of [1, 2, 3]) journal.append(encodeEntry(entry(byMs)));
    const bytes = readFileSync(path());
    const ends = [...bytes.keys()].filter((index) => bytes[index] === 0x0a);
    assert(
      property(integer({ min: 0, max: bytes.length }), (length) => {
        writeFileSync(path(), bytes);
        truncateSync(path(), length);
        const whole = ends.filter((end) => end < length).length;
        const cut = decodeHistory(open(1_000_000).read().newer);
        expect([cut.entries.length, cut.damagedAt]).toEqual([whole, null]);
        open(1_000_000).append(encodeEntry(entry(9)));
        const next = decodeHistory(open(1_000_000).read().newer);
        expect(next.damagedAt).toBe(null);
        expect(next.entries.map(({ changes }) => changes[0])).toEqual([
          ...[1, 2, 3].slice(0, whole).map((byMs) => ({ kind: 'clock', byMs })),
          { kind: 'clock', byMs: 9 },
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('stays within its bounds, and always has the last lines', () => {
    const journal = open();
    for (let byMs = 0; byMs < 200; byMs++) journal.append(encodeEntry(entry(byMs)));
    const { older, newer } = journal.read();
    expect(Buffer.byteLength(older)).toBeLessThanOrEqual(20_000);
    expect(Buffer.byteLength(newer)).toBeLessThanOrEqual(20_000);
    const entries = [...decodeHistory(older).entries, ...decodeHistory(newer).entries];
    const told = entries.map(({ changes }) => (changes[0] as Extract<Change, { kind: 'clock' }>).byMs);
    expect(told).toEqual(Array.from({ length: told.length }, (_, index) => 200 - told.length + index));
    expect(readdirSync(directory).sort()).toEqual(['history.ndjson', 'history.ndjson.1']);
  });

  it('whoever died between the two renames finds all of it in the older file', () => {
    const journal = open();
    journal.append(encodeEntry(entry(1)));
    writeFileSync(join(directory, 'history.ndjson.1'), readFileSync(path()));
    rmSync(path());
    expect(decodeHistory(open().read().older).entries).toHaveLength(1);
    open().append(encodeEntry(entry(2)));
    expect(decodeHistory(open().read().newer).entries).toHaveLength(1);
  });

  it('sets a damaged file aside', () => {
    open().append(encodeEntry(entry(1)));
    appendFileSync(path(), 'garbage\n');
    expect(decodeHistory(open().read().newer).damagedAt).toBe(2);
    open().setAside('newer');
    expect(open().read().newer).toBe('');
    expect(readdirSync(directory)).toEqual(['history.ndjson.damaged']);
  });

  it('follows no link and writes nobody else’s file', () => {
    const other = join(directory, 'other');
    writeFileSync(other, 'theirs');
    symlinkSync(other, path());
    expect(() => open().append('x')).toThrow(/ELOOP|EPERM/);
    expect(readFileSync(other, 'utf8')).toBe('theirs');
  });
});

describe('what a run of today may be explained by', () => {
  const of = (byMs: number, ...changes: Change[]): Entry => ({ ...entry(byMs), changes });
  const issuer = (after: string): Change => ({ kind: 'issuer', host: 'h', before: 'a', after, trusted: false });

  it('is the last change of each subject, within the time', () => {
    const entries = [
      of(-90_000_000, { kind: 'resolvers', before: [], after: ['x'] }),
      of(-2000, issuer('b')),
      of(-1500, { kind: 'clock', byMs: 1 }, { kind: 'started', unwatchedMs: null }),
      of(-1000, issuer('c'), { kind: 'verdict', what: 'link', before: null, after: 'will_work', cause: null }),
    ];
    expect(recentChanges(entries, NOW, 86_400_000)).toEqual([
      { at: new Date(NOW - 1000).toISOString(), change: issuer('c') },
    ]);
  });

  it('is told by the doctor, from the place below the Agent that was added to last', () => {
    const own = join(directory, 'netdata-egress');
    const at = new Date(Date.parse(healthy().startedAt) - 3_600_000).toISOString();
    openJournal(own, 'history.ndjson', 1_000_000).append(encodeEntry({ at, changes: [issuer('O=Corp')], memory }));
    const { agent } = healthy();
    const report = {
      ...healthy(),
      agent: { ...agent, installation: { ...agent.installation, libDir: directory } },
    };
    const recent = recentFor(report);
    expect(recent?.map((one) => one.at)).toEqual([at]);
    const text = renderText(
      { ...report, recent: recent ?? [] },
      { paint: createPaint(false), width: 80, unicode: false, verbose: 0 },
    );
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      `Since ${at.slice(0, 10)} ${at.slice(11, 16)} UTC: another issuer signs h: Corp, which is not publicly trusted`,
    );
  });
});
