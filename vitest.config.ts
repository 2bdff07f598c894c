import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/netns/**', 'test/browser/**', 'node_modules/**'],
    testTimeout: 15_000,
    hookTimeout: 30_000,
    pool: 'forks',
  },
});
