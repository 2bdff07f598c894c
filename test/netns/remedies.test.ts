/**
 * The remedy that the doctor prints for its root cause is done to the letter (its lines go behind what the file holds,
 * where the last line of a key counts), and the doctor asked again: then everything works.
 */
import { appendFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { agentCases } from './cases/agents.js';
import { claiming, ONLY_PROXY_OUT, proxyRouteCases } from './cases/proxy-routes.js';
import * as at from './harness/addresses.js';
import { works, type LabCase } from './harness/case.js';
import { diagnose } from './harness/doctor.js';
import { found } from './harness/judge.js';
import { Lab } from './harness/lab.js';
import { PORT, USERS } from './harness/services.js';

const known = (id: string): LabCase => {
  const one = [...proxyRouteCases, ...agentCases].find((labCase) => labCase.id === id);
  if (one === undefined) throw new Error(`no case ${id}`);
  return one;
};
const strict = { gateway: ONLY_PROXY_OUT, needs: ['squid' as const], expect: works() };
const squid = `http://${at.PROXY_NAME}:${PORT.squid}`;
const basic = (login: string): string => `http://${login}${at.PROXY_NAME}:${PORT.squidBasic}`;

/** What the cause is called, and a world that has it. */
const CASES: readonly (readonly [cause: string, labCase: LabCase])[] = [
  ['agent.env_not_daemons', known('agent-shell-proxy')],
  ['agent.proxy_env_mismatch', { ...strict, id: 'fix-upper-case', title: '', env: { HTTPS_PROXY: squid } }],
  ['agent.proxy_env_mismatch', { ...strict, id: 'fix-http-proxy', title: '', env: { http_proxy: squid } }],
  [
    'agent.proxy_scheme_unsupported',
    { ...strict, id: 'fix-no-scheme', title: '', files: claiming(`${at.PROXY_NAME}:${PORT.squid}`) },
  ],
  [
    'agent.proxy_scheme_unsupported',
    { ...strict, id: 'fix-upper-scheme', title: '', files: claiming(`HTTP://${at.PROXY_NAME}:${PORT.squid}`) },
  ],
  ['agent.proxy_port_missing', { ...strict, id: 'fix-port', title: '', files: claiming(`http://${at.PROXY_NAME}`) }],
  ['proxy.auth_required', { ...strict, id: 'fix-login', title: '', files: claiming(basic('')) }],
  ['proxy.auth_rejected', { ...strict, id: 'fix-password', title: '', files: claiming(basic('agent:wrong@')) }],
  [
    'agent.proxy_credentials_misread',
    { ...strict, id: 'fix-sign', title: '', files: claiming(basic(`plus:${USERS.plus}@`)) },
  ],
];

describe('the printed remedy, applied', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
  });
  afterAll(async () => {
    await lab?.close();
  });

  test.each(CASES.map(([cause, labCase]) => [`${cause}: ${labCase.id}`, cause, labCase] as const))(
    '%s',
    async (_, cause, labCase) => {
      await lab.prepare(labCase);
      const before = await diagnose(lab, labCase);
      const root = found(before.report?.findings ?? [])[0];
      expect(root?.id, before.problem ?? '').toBe(cause);
      expect(before.report?.exitCode).toBe(1);
      const remedy = root?.remedies.find(({ lines }) => lines.length > 0);
      expect(remedy?.needsRestart).toBe(true);
      expect(remedy?.command).toBe(before.report?.agent.installation.restart);
      for (const { file, text } of remedy?.lines ?? []) {
        expect(file.startsWith(lab.caseDirectory), file).toBe(true);
        expect(text).not.toMatch(/PROXY:PORT/);
        await appendFile(file, `\n${filledIn(text, labCase)}\n`);
      }
      const after = await diagnose(lab, labCase);
      expect(after.report?.verdict, after.problem ?? '').toMatchObject({
        claim: { outcome: 'will_work' },
        link: { outcome: 'will_work' },
      });
      expect(after.report?.exitCode).toBe(0);
    },
    120_000,
  );
});

/** What only the reader knows. */
function filledIn(text: string, { id }: LabCase): string {
  const [user, password] = id === 'fix-sign' ? ['plus', USERS.plus] : ['agent', USERS.agent];
  return text.replace('USER:PASSWORD', `${user}:${encodeURIComponent(password)}`);
}
