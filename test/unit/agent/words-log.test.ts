import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJournal, readLogText } from '../../../src/agent/words/log-lines.js';

const kinds = (text: string) => readLogText(text).map(({ about, kind, outcome }) => [about, kind, outcome]);
const logfmt = (message: string) =>
  `time=2026-11-30T02:13:08.551+00:00 comm=netdata source=daemon level=error tid=7 thread=ACLK_MAIN msg="${message}"`;

describe('readLogText', () => {
  it.each([
    [logfmt("ACLK: Cannot resolve host 'app.netdata.cloud'"), 'link', 'name_not_resolved', 'failed'],
    [logfmt("Timed out while connecting to '192.0.2.1', port '443'"), 'link', 'connect_timed_out', 'failed'],
    [logfmt("Failed to connect to '192.0.2.1', port '443'"), 'link', 'connect_failed', 'failed'],
    [logfmt('ACLK: Error connecting TCP socket to \\"app.netdata.cloud\\"'), 'link', 'connect_failed', 'failed'],
    [logfmt('GET \\"/api/v1/env\\" finished with HTTP code: 200'), 'link', 'answer_accepted', 'worked'],
    [logfmt('GET \\"/api/v1/env\\" finished with HTTP code: 403'), 'link', 'answer_refused', 'failed'],
    [logfmt('SSL: certificate verify error 20'), 'link', 'tls_failed', 'failed'],
    [logfmt('HTTP proxy CONNECT to x failed with status 407'), 'link', 'proxy_failed', 'failed'],
    [logfmt('Missing sec-websocket-accept header'), 'link', 'answer_unreadable', 'failed'],
    [logfmt('Websocket Connection Accepted By Server'), 'link', 'connected', 'worked'],
    [logfmt('ACLK DISCONNECTED'), 'link', 'disconnected', 'failed'],
    [logfmt("CLAIM: Couldn't connect to server"), 'claim', 'claim_failed', 'failed'],
    [logfmt('CLAIM: Found a valid claimed_id, setting state to AGENT_CLAIMED'), 'claim', 'claimed', 'worked'],
    [
      '2023-05-01 10:00:00: netdata ERROR : ACLK_MAIN : Cannot resolve host mqtt',
      'link',
      'name_not_resolved',
      'failed',
    ],
    ['2023-05-01 10:00:00: netdata INFO  : ACLK_MAIN : ACLK CONNECTED', 'link', 'connected', 'worked'],
  ])('reads %s', (line, about, kind, outcome) => {
    expect(kinds(line)).toEqual([[about, kind, outcome]]);
  });

  it('keeps the time of a line that has one with its zone', () => {
    expect(readLogText(logfmt('ACLK CONNECTED'))[0]?.at).toBe('2026-11-30T02:13:08.551Z');
    expect(readLogText('2023-05-01 10:00:00: netdata INFO  : MAIN : ACLK CONNECTED')[0]?.at).toBeNull();
  });

  it('keeps the last twelve lines that are about claiming or the link, oldest first', () => {
    const lines = Array.from({ length: 30 }, (_, n) => logfmt(`GET \\"/${String(n)}\\" finished with HTTP code: 200`));
    const read = readLogText([logfmt('ACLK CONNECTED'), ...lines, 'something else'].join('\n'));
    expect(read).toHaveLength(12);
    expect(read[0]?.text).toContain('"/18"');
    expect(read.at(-1)?.text).toContain('"/29"');
  });

  it('hides tokens, logins, ids and keys', () => {
    const secret = 'S3cret'.repeat(30);
    const text = JSON.stringify(
      readLogText(
        [
          logfmt(`Agent failed to be claimed using the command 'x -token=${secret} -rooms=r1,r2'`),
          logfmt('ACLK: connecting via proxy http://user:hunter2@proxy:3128 failed'),
          logfmt('CLAIM: failed for 6f9bd1d8-6c5e-4d0c-9d63-0a8b0c6f4c11'),
        ].join('\n'),
      ),
    );
    for (const hidden of ['S3cret', 'hunter2', '6f9bd1d8', 'r1,r2']) expect(text).not.toContain(hidden);
  });

  it('reads any text without throwing, in bounded lines', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3000, unit: 'binary' }), (noise) => {
        for (const { text } of [...readLogText(`${noise}ACLK CONNECTED${noise}`), ...readJournal(noise)]) {
          expect(text.length).toBeLessThanOrEqual(300);
          expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        }
      }),
      { seed: 3 },
    );
  });
});

describe('readJournal', () => {
  it('takes message and time of each object, and passes over what is none', () => {
    const entry = { MESSAGE: 'ACLK CONNECTED', __REALTIME_TIMESTAMP: '1764468788551000' };
    const text = ['{"MESSAGE":[65]}', JSON.stringify(entry), '{"cut', 'null', ''].join('\n');
    expect(readJournal(text)).toEqual([
      { at: '2025-11-30T02:13:08.551Z', about: 'link', kind: 'connected', outcome: 'worked', text: 'ACLK CONNECTED' },
    ]);
  });
});
