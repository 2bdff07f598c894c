import { defineConfig } from 'vitest/config';
import { SIDE_BY_SIDE } from './side-by-side.js';

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One browser at a time; its pages keep the cores busy.
    fileParallelism: false,
    maxConcurrency: SIDE_BY_SIDE,
    pool: 'forks',
    // A starved build machine breaks deadlines; a page that is wrong is wrong twice.
    retry: process.env['CI'] === undefined ? 0 : 1,
  },
});
