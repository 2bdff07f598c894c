/** What curl, openssl s_client and nc make of a case, asked as an admin would ask them: they know nothing of the Agent. */
import { APP, NAMES } from './addresses.js';
import type { LabCase } from './case.js';
import { environment } from './doctor.js';
import type { Lab } from './lab.js';

export interface OtherTools {
  /** `ok`, or what failed first. */
  readonly curl: string;
  readonly openssl: string;
  readonly nc: string;
}

export async function askOtherTools(lab: Lab, labCase: LabCase): Promise<OtherTools> {
  const env = environment(lab, labCase);
  const [curl, openssl, nc] = await Promise.all([askCurl(lab, env), askOpenssl(lab, env), askNc(lab, env)]);
  return { curl, openssl, nc };
}

/** `curl -f` to /env and to the other two names: any HTTP answer of those proves the way. */
async function askCurl(lab: Lab, env: Record<string, string>): Promise<string> {
  const asked = await Promise.all(
    NAMES.map(async (name) => {
      const url = name === APP ? `https://${name}/api/v1/env` : `https://${name}/`;
      const ran = await lab.onHost(
        'curl',
        ['-sS', '-m', '8', '-o', '/dev/null', ...(name === APP ? ['-f'] : []), url],
        { env },
      );
      return ran.code === 0 ? null : `${name.split('.')[0]}: ${ran.code}`;
    }),
  );
  return asked.find((answer) => answer !== null) ?? 'ok';
}

async function askOpenssl(lab: Lab, env: Record<string, string>): Promise<string> {
  const asked = await Promise.all(
    NAMES.map(async (name) => {
      const args = [
        's_client',
        '-connect',
        `${name}:443`,
        '-servername',
        name,
        '-verify_hostname',
        name,
        '-verify_return_error',
      ];
      const ran = await lab.onHost('openssl', args, { env, timeoutMs: 8000 });
      return ran.code === 0 ? null : `${name.split('.')[0]}: ${ran.timedOut ? 'silent' : ran.code}`;
    }),
  );
  return asked.find((answer) => answer !== null) ?? 'ok';
}

async function askNc(lab: Lab, env: Record<string, string>): Promise<string> {
  const asked = await Promise.all(
    NAMES.map(async (name) => {
      const ran = await lab.onHost('nc', ['-z', '-w', '3', name, '443'], { env, timeoutMs: 8000 });
      return ran.code === 0 ? null : `${name.split('.')[0]}: ${ran.timedOut ? 'silent' : ran.code}`;
    }),
  );
  return asked.find((answer) => answer !== null) ?? 'ok';
}
