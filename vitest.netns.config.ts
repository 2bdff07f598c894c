import { defineConfig } from 'vitest/config';

/** The root lab: needs root and the Debian packages listed in .ci/install; four labs at a time. */
export default defineConfig({
  test: {
    include: ['test/netns/*.test.ts', 'test/netns/firewall/**/*.test.ts'],
    globalSetup: ['test/netns/harness/global-setup.ts'],
    // The packet proofs of test/netns/firewall load whole firewalls.
    testTimeout: 240_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Deadlines are part of what is judged, and a build machine may starve a lab for seconds.
    retry: process.env['CI'] === undefined ? 0 : 1,
    // Most of a case is waiting for packets that never come.
    maxWorkers: 4,
  },
});
