import { expect, it } from 'vitest';
import { readLocalFirewall } from '../../../../src/cli/host/local-firewall.js';
import { IdSource } from '../../../../src/probe/run-context.js';
import { failure, scene } from '../../../helpers/observations.js';

it.runIf(process.platform === 'linux')('reads the rules whatever fraction of a millisecond is left', async () => {
  const failed = scene()
    .on()
    .connectOk('192.0.2.1', { failure: failure('connection_refused', 'connect') });
  const began = performance.now();
  const seen = await readLocalFirewall(
    {
      ids: new IdSource(),
      now: () => performance.now() - began + 0.25,
      probed: [failed],
      done: Promise.resolve(),
      deadlineMs: () => 1234.567,
      interrupt: new AbortController().signal,
    },
    {
      prober: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      agents: [],
      units: { agent: [], prober: [] },
    },
  );
  for (const { operation } of seen) expect(operation).toBe('read_local_firewall');
});
