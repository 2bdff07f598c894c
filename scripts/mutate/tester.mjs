// One vitest that stays up between mutants, so that each costs the run of its tests and no start.
// In: {file, tests}. Out: {outcome: 'passed' | 'failed' | 'slow', messages}; `slow`: nothing failed but the clock.
import { join } from 'node:path';
import { createVitest } from 'vitest/node';

const root = process.cwd();
const TIMED_OUT = /^(?:Test|Hook) timed out in /;
const vitest = await createVitest('test', {
  root,
  watch: false,
  bail: 1,
  maxWorkers: 1,
  reporters: [{}],
});
await vitest.standalone();

function judge({ testModules: known, unhandledErrors }, specifications) {
  // Those of earlier runs are told again.
  const asked = new Set(specifications.map(({ moduleId }) => moduleId));
  const testModules = known.filter(({ moduleId }) => asked.has(moduleId));
  if (unhandledErrors.length > 0) return { outcome: 'failed', messages: unhandledErrors.map(String) };
  const broken = testModules.filter((module) => !module.ok());
  if (testModules.length === 0) throw new Error('no tests were run');
  if (broken.length === 0) return { outcome: 'passed', messages: [] };
  const messages = broken.flatMap((module) => [
    ...module.errors().map(({ message }) => message),
    ...[...module.children.allTests('failed')].flatMap((test) => test.result().errors.map(({ message }) => message)),
    ...[...module.children.allSuites()].flatMap((suite) => suite.errors().map(({ message }) => message)),
  ]);
  const slow = messages.length > 0 && messages.every((message) => TIMED_OUT.test(message));
  return { outcome: slow ? 'slow' : 'failed', messages };
}

let last = '';
process.on('message', async ({ file, tests }) => {
  // The file of the mutant before this one is itself again.
  for (const changed of [last, file]) vitest.invalidateFile(join(root, changed));
  last = file;
  const specifications = await vitest.globTestSpecifications(tests);
  process.send(judge(await vitest.runTestSpecifications(specifications, false), specifications));
});
process.send({ outcome: 'ready' });
