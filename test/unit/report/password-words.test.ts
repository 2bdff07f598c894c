/** Passwords that are words, also words of ours: no report tells which one it was. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeReport } from '../../../src/cli/doctor/safe-report.js';
import { KINDS } from '../../helpers/sample-kinds.js';
import { rediagnose } from '../../../src/cli/report/diagnose.js';
import { expectNoPassword } from '../../helpers/password-echo.js';

/** Words of our own sentences, and words of nobody. */
const WORDS =
  'wrong certain the proxy 443 8081 password answer refuses route firewall rules read write restart network administrator certificate expired trusted resolver address looks works fails seconds silence closed reset tunnel upgrade status denied allow list settings installed version unknown never machine busy clock monkey dragon summer winter letmein secret qwerty biscuit ocean tiger'.split(
    ' ',
  );
const RUNS = Number(process.env['REPORT_SECRET_RUNS'] ?? 20);

describe('a password that is a word', () => {
  const kinds = Object.entries(KINDS);

  it.each([
    ['wrong', 'biscuit'],
    ['certain', 'monkey'],
    ['the', 'fox'],
    ['proxy', 'cloud'],
    ['443', '912'],
    ['8081', '7263'],
  ])('"%s" leaves our sentences whole and does not come out', (word, other) => {
    for (const [, make] of kinds) {
      const report = rediagnose(make(), '0');
      const secrets = [{ kind: 'proxy_password', value: word }];
      const safe = safeReport({ report, secrets }, { mode: 'standard' }).report;
      const none = safeReport({ report, secrets: [] }, { mode: 'standard' }).report;
      const words = ({ findings, predictions, verdict, notChecked }: typeof safe): unknown => [
        findings.map((found) => (found.outcome === 'found' ? [found.title, found.remedies] : found.because)),
        predictions.map(({ agentWouldSay }) => agentWouldSay),
        verdict,
        notChecked,
      ];
      expect(words(safe)).toEqual(words(none));
      expectNoPassword(report, word, other);
    }
  });

  it('is told from no other, whatever the run', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.constantFrom(...WORDS), fc.constantFrom(...WORDS), ([, make], p, q) => {
        expectNoPassword(rediagnose(make(), '0'), p, q);
      }),
      { numRuns: RUNS },
    );
  });
});
