import { defineConfig } from 'vitest/config';

/** Hunted networks: see scripts/hunt.mjs. */
export default defineConfig({
  test: {
    root: new URL('../../..', import.meta.url).pathname,
    include: ['test/netns/hunt/*.test.ts'],
    globalSetup: ['test/netns/harness/global-setup.ts'],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
