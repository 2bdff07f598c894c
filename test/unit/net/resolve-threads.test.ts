/** The OS resolver cannot be made silent here, so the one call that reaches it is replaced. */
import { describe, expect, it, vi } from 'vitest';
import { resolveOs } from '../../../src/net/resolve.js';
import { LABEL, testContext } from '../../helpers/net/context.js';

vi.mock('node:dns', () => ({
  lookup: (name: string, _options: object, callback: (error: null, found: object[]) => void) => {
    if (name === 'quick.test') callback(null, [{ address: '192.0.2.1', family: 4 }]);
  },
}));

describe('silent names on the two threads that libuv lends to the resolver', () => {
  it('blame the names that were asked, not the one that waited behind them', async () => {
    vi.stubEnv('UV_THREADPOOL_SIZE', '4');
    const ctx = testContext(100);
    const names = ['silent-1.test', 'silent-2.test', 'waiting.test'];
    const kinds = (await Promise.all(names.map((name) => resolveOs(ctx, LABEL, name)))).map(
      ({ failure }) => failure?.kind,
    );
    expect(kinds).toEqual(['generic_timeout_error', 'generic_timeout_error', 'interrupted']);
    // They still hold their threads.
    expect((await resolveOs(ctx, LABEL, 'late.test')).failure?.kind).toBe('interrupted');
    vi.stubEnv('UV_THREADPOOL_SIZE', '32');
    expect((await resolveOs(ctx, LABEL, 'more-threads.test')).failure?.kind).toBe('generic_timeout_error');
    expect((await resolveOs(ctx, LABEL, 'quick.test')).failure).toBeNull();
  });
});
