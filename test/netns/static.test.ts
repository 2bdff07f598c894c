import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { staticCases } from './cases/static.js';
import * as at from './harness/addresses.js';
import { must } from './harness/exec.js';
import { Lab } from './harness/lab.js';
import { runGroup } from './harness/run-cases.js';

runGroup('static');

/** getaddrinfo as the Agent calls it (no hints but the socket's type), in a program of a dozen lines. */
const PROGRAM = `
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
int main(int argc, char **argv) {
  struct addrinfo hints, *found;
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  return argc == 2 && getaddrinfo(argv[1], "443", &hints, &found) == 0 ? 0 : 1;
}
`;

describe('what musl itself finds in the worlds of the static cases', () => {
  let lab: Lab;
  let program = '';
  beforeAll(async () => {
    lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
    const source = join(lab.directory, 'find.c');
    program = join(lab.directory, 'find');
    await writeFile(source, PROGRAM);
    await must('musl-gcc', ['-static', '-o', program, source]);
  });
  afterAll(async () => {
    await lab?.close();
  });

  test.each(staticCases.map((one) => [one.id, one] as const))(
    '%s',
    async (_, one) => {
      await lab.prepare(one);
      const codes = await Promise.all(
        at.NAMES.map(async (name) => (await lab.onHost(program, [name], { timeoutMs: 20_000 })).code),
      );
      if (one.musl !== 'either') expect(codes).toEqual(at.NAMES.map(() => (one.musl === 'finds' ? 0 : 1)));
    },
    60_000,
  );
});
