/**
 * Is the operator connected through SSH, and would an enforce chain cut that connection? It accepts established
 * connections, but one that the kernel does not track counts as new, and is rejected with its next packet.
 */
import { isIP } from 'node:net';
import { readProc } from '../../host/capped-read.js';
import { covers, parsePrefix, tryParsePrefix } from '../core/cidr.js';
import type { CheckedAllowList } from '../core/target.js';
import type { CommandRunner } from './runner.js';
import { isTracked } from './tracked.js';

export interface SshSession {
  readonly peer: string;
  readonly peerPort: number;
  readonly localPort: number;
}

/** `SSH_CONNECTION`: client address, client port, server address, server port. */
function parseSshConnection(text: string): SshSession | null {
  const match = /^([0-9a-fA-F:.]+)(?:%\S+)? (\d{1,5}) [0-9a-fA-F:.]+(?:%\S+)? (\d{1,5})$/.exec(text);
  if (match?.[1] === undefined || isIP(match[1]) === 0) return null;
  const mapped = /^::ffff:([\d.]+)$/i.exec(match[1])?.[1];
  return { peer: mapped ?? match[1], peerPort: Number(match[2]), localPort: Number(match[3]) };
}

const MAX_PROC_BYTES = 6 * 1024 * 1024;

async function procText(pid: number, name: string): Promise<string> {
  const file = await readProc(`/proc/${String(pid)}/${name}`, MAX_PROC_BYTES);
  return file.state === 'read' ? file.bytes.toString('latin1') : '';
}

/** sudo drops the variable, so the environments of our ancestors are read too. Bounded walk; null = no SSH. */
export async function findSshSession(
  env: NodeJS.ProcessEnv = process.env,
  pid = process.pid,
): Promise<SshSession | null> {
  const own = parseSshConnection(env['SSH_CONNECTION'] ?? '');
  if (own !== null) return own;
  let current = pid;
  for (let depth = 0; depth < 32 && current > 1; depth++) {
    const environ = await procText(current, 'environ');
    const line = environ.split('\0').find((row) => row.startsWith('SSH_CONNECTION='));
    const session = line === undefined ? null : parseSshConnection(line.slice('SSH_CONNECTION='.length));
    if (session !== null) return session;
    const stat = await procText(current, 'stat');
    current = Number(/^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1] ?? 0);
  }
  return null;
}

/** null = it survives; else why it would be cut, our words. */
export async function sessionWouldBeCut(
  session: SshSession,
  list: CheckedAllowList,
  runner: CommandRunner,
): Promise<string | null> {
  const peer = tryParsePrefix(session.peer);
  if ('problem' in peer) return `the session's peer ${session.peer} cannot be judged: ${peer.problem}`;
  const listed = list.hosts.some((host) =>
    host.addresses.some((row) => host.ports.includes(session.peerPort) && covers(parsePrefix(row.cidr), peer)),
  );
  if (listed) return null;
  const where = `${session.peer} port ${String(session.peerPort)}`;
  // The session came in from the peer, so that is the original direction.
  const ports = ['--sport', String(session.peerPort), '--dport', String(session.localPort)];
  const tracked = await isTracked(runner, peer.family, ['--src', session.peer, ...ports]);
  if (tracked === null)
    return `your SSH session from ${where} may not be tracked by the kernel, and conntrack(8) is not here to tell`;
  if (tracked) return null;
  return `your SSH session from ${where} is not tracked by the kernel: it would count as a new connection and be rejected`;
}
