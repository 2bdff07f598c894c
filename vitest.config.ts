import { defineConfig } from 'vitest/config';

/** Tests that need a process to themselves: they fill libuv's thread pool, which the files before them would share. */
const ALONE = ['test/unit/net/resolve-threads.test.ts'];
const NEVER = [
  'test/netns/**',
  'test/hostile/**',
  'test/browser/**',
  'test/artefacts/**',
  'test/ansible/**',
  'node_modules/**',
];

const common = {
  // Against what hangs, and no measure: a busy machine may take long for what costs a second of its own.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  pool: 'forks',
  // Rules and dates go by the host's zone; tests of other zones set their own.
  env: { TZ: 'UTC' },
  // Most of the time is spent waiting for deadlines: no core need stay idle for it.
  maxWorkers: '100%',
} as const;

export default defineConfig({
  test: {
    // A golden file that is missing or differs is a failure, everywhere: `vitest run --update` writes it.
    update: 'none',
    projects: [
      // One load of the modules for many files: it halves the CPU time of the run.
      {
        test: {
          ...common,
          name: 'shared',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...NEVER, ...ALONE],
        },
      },
      { test: { ...common, name: 'alone', isolate: true, include: ALONE } },
    ],
  },
});
