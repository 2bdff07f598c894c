import { defineConfig } from 'vitest/config';

/** Root on a host where somebody is hostile: root, namespaces without a way out. One file after another: they race. */
export default defineConfig({
  test: {
    include: ['test/hostile/**/*.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    testTimeout: 180_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
