import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/netns/**', 'test/browser/**', 'node_modules/**'],
    testTimeout: 30_000,
    // Deadlines are part of what is tested; a loaded build machine gets a second look, not a different bar.
    retry: process.env['CI'] ? 2 : 0,
    hookTimeout: 30_000,
    pool: 'forks',
  },
});
