import { defineConfig } from 'vitest/config';

/** What is shipped, installed and run in fresh systems: root, mmdebstrap, rpm, runc and what `npm run package` made. */
export default defineConfig({
  test: {
    include: ['test/artefacts/**/*.test.ts'],
    // Unpacking, judging and removing 110 MB each.
    testTimeout: 600_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
