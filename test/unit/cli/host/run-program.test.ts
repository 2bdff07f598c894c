import { describe, expect, it } from 'vitest';
import { streamProgram } from '../../../../src/cli/host/run-program.js';

const OPTIONS = { timeoutMs: 20_000, maxBytes: 1000, onText: () => true };
/** A buffer of 100 MB, filled again and again. */
const LARGE = ['if=/dev/zero', 'of=/dev/null', 'bs=100M', 'count=10000'];

describe.runIf(process.platform === 'linux')('a program of this host', () => {
  it('is ended when it takes more memory than it may', async () => {
    expect(await streamProgram('dd', LARGE, { ...OPTIONS, maxMemory: 50_000_000 })).toEqual({
      ok: false,
      why: 'too_large',
      detail: 'dd needs more than 50 MB of memory',
    });
  });
  it('ends by itself below that', async () => {
    const few = [...LARGE.slice(0, -1), 'count=3'];
    expect(await streamProgram('dd', few, { ...OPTIONS, maxMemory: 500_000_000 })).toBeNull();
  });
  it('is ended when it prints too much', async () => {
    expect(await streamProgram('dd', ['if=/dev/zero', 'bs=100k', 'count=1'], OPTIONS)).toMatchObject({
      why: 'too_large',
    });
  });
});
