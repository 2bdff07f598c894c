import { defineConfig } from 'vitest/config';

/** Packet proofs: root, network namespaces, real firewalls. Mostly waiting for packets that never come, so more files than cores. */
export default defineConfig({
  test: {
    include: ['test/netns/firewall/**/*.test.ts'],
    root: new URL('../../..', import.meta.url).pathname,
    testTimeout: 240_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 4,
  },
});
