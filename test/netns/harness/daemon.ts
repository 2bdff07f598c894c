/** A process that looks like a running Agent: its name, its user, its environment, and what it says of its link. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NETDATA_UID } from './view.js';

export interface DaemonPlan {
  /** The daemon's own environment: not that of the shell that runs the doctor. */
  readonly env?: Readonly<Record<string, string>>;
  /** `agents[0].cloud` of /api/v3/info (docs/reference/agent.md#info-document). */
  readonly cloud?: Readonly<Record<string, unknown>>;
  /** What `netdatacli aclk-state json` prints (docs/reference/agent.md#aclk-state). */
  readonly aclkState?: Readonly<Record<string, unknown>>;
  /** There is no netdatacli; GET /api/v1/aclk tells the same. Needs `cloud`. */
  readonly withoutCli?: true;
  /** It lives in a network of its own. */
  readonly elsewhere?: true;
  /** Another one runs beside it. */
  readonly twice?: true;
}

/**
 * Writes a launcher for `unshare --pid`: process lists are global otherwise, and labs run side by side. Returns the words
 * to put before a command.
 */
export async function makeDaemon(directory: string, services: string, plan: DaemonPlan): Promise<readonly string[]> {
  const bin = join(directory, 'bin');
  await mkdir(bin, { recursive: true });
  await copyFile('/bin/sleep', join(bin, 'netdata'));
  const text = plan.aclkState === undefined ? null : JSON.stringify(plan.aclkState).replaceAll("'", '');
  if (text !== null && plan.withoutCli !== true) {
    await writeFile(join(bin, 'netdatacli'), `#!/bin/sh\necho '${text}'\n`, { mode: 0o755 });
  }
  const environment = Object.entries(plan.env ?? {}).map(([name, value]) => `'${name}=${value}'`);
  const user = `setpriv --reuid ${NETDATA_UID} --regid ${NETDATA_UID} --clear-groups`;
  const network = plan.elsewhere === true ? 'unshare --net ' : '';
  const second = `${join(bin, 'netdata')} 600 </dev/null >/dev/null 2>&1 &`;
  const lines = [
    `${network}env -i PATH=/usr/bin:/bin ${environment.join(' ')} ${user} ${join(bin, 'netdata')} 600 </dev/null >/dev/null 2>&1 &`,
  ];
  if (plan.twice === true) lines.push(second);
  if (plan.cloud !== undefined) {
    const document = JSON.stringify(plan.cloud).replaceAll("'", '');
    lines.push(
      `${process.execPath} ${join(services, 'agent-api.js')} '${document}'${text !== null && plan.withoutCli === true ? ` '${text}'` : ''} </dev/null >/dev/null 2>&1 &`,
      'sleep 0.4',
    );
  }
  const script = join(directory, 'with-daemon.sh');
  // `{{pid}}` in the command becomes the Agent's process id.
  lines.splice(1, 0, 'agent=$!');
  const command = `for word do shift; [ "$word" = '{{pid}}' ] && word=$agent; set -- "$@" "$word"; done\n"$@"\nexit $?\n`;
  await writeFile(script, `${lines.join('\n')}\n${command}`);
  return ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', script];
}
