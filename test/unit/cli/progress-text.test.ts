import { OPERATION_WORDS } from '../../../src/report/words.js';
import { healthy, mqttDropped } from '../../helpers/sample-kinds.js';
import { expect, it } from 'vitest';
import { progressText, waitingText } from '../../../src/cli/doctor/progress-text.js';

it('says what a run waits for, until when, and how to have what is known', () => {
  expect(waitingText({ leg: 'env', operation: 'http_round_trip', sinceMs: 320, untilMs: 30_570 })).toBe(
    'waiting for the answer to a request (asking the cloud where to connect) since 0.3 s, until 31 s at most; Ctrl-C prints what is known',
  );
});

it('says in words what is waited for now, and names no operation as the code does', () => {
  for (const report of [healthy(), mqttDropped()]) {
    for (const observation of report.observations) {
      const line = progressText(observation);
      expect(line).toMatch(/^\d+\.\d s {2}(?:waiting for|waited for|reading) [a-zA-Z]/);
      expect(line).toMatch(/^[\x20-\x7e]+$/);
      expect(line).not.toContain('_');
    }
  }
  const failed = mqttDropped().observations.find((o) => o.operation === 'connect' && o.failure !== null);
  expect(progressText(failed!)).toMatch(
    /waited for the connection to be accepted .*in vain: .*; waiting for the other/,
  );
  expect(Object.keys(OPERATION_WORDS)).toContain('hold');
});
