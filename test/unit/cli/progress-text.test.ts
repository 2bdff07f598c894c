import { expect, it } from 'vitest';
import { waitingText } from '../../../src/cli/doctor/progress-text.js';

it('says what a run waits for, until when, and how to have what is known', () => {
  expect(waitingText({ leg: 'env', operation: 'http_round_trip', sinceMs: 320, untilMs: 30_570 })).toBe(
    'waiting for http round trip (env) since 0.3s, until 31s at most; Ctrl-C prints what is known',
  );
});
