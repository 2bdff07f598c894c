import { defineConfig } from 'vitest/config';

/** The Ansible collection: root, ansible, ansible-lint, openssh-server, nftables, dnsmasq. */
export default defineConfig({
  test: {
    include: ['test/ansible/**/*.test.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
