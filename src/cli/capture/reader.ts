/** The host of a capture behind agent/reader: discovery reads it as it reads the host it runs on. */
import type { FileResult, HostReader, ProcessEntry, StatResult } from '../../agent/reader.js';
import { all, numberIn, type Capture } from './format.js';

interface Contents {
  readonly bytes: Buffer;
  readonly cut: boolean;
}

const USER_HZ = 100;

function filesOf(capture: Capture): ReadonlyMap<string, Contents> {
  const files = new Map<string, Contents>();
  for (const { words, lines } of all(capture, 'file')) {
    const [state, end, ...path] = words;
    if (state !== 'read') continue;
    const text = lines['|'].join('\n') + (lines['|'].length > 0 && end !== 'open' ? '\n' : '');
    files.set(path.join(' '), { bytes: Buffer.from(text, 'utf8'), cut: end === 'cut' });
  }
  const certificates = new Map(all(capture, 'cert').map(({ words }) => [words[0] ?? '', words[1] ?? '']));
  for (const { words } of all(capture, 'certs')) {
    const first = words.findIndex((word) => word.startsWith('/'));
    if (first === -1) continue;
    const pems = words.slice(0, first).flatMap((id) => {
      const body = certificates.get(id);
      return body === undefined ? [] : [`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`];
    });
    files.set(words.slice(first).join(' '), { bytes: Buffer.from(pems.join(''), 'latin1'), cut: false });
  }
  return files;
}

function statsOf(capture: Capture): ReadonlyMap<string, StatResult> {
  const stats = new Map<string, StatResult>();
  for (const { words } of all(capture, 'stat')) {
    const [type = '', size, uid, gid, mode = '', mtime, ...path] = words;
    const name = path.join(' ');
    if (type === 'missing' || type === 'denied') stats.set(name, type);
    else if (type === 'file' || type === 'directory' || type === 'other')
      stats.set(name, {
        type,
        size: numberIn(size) ?? 0,
        uid: numberIn(uid) ?? 0,
        gid: numberIn(gid) ?? 0,
        mode: /^[0-7]{1,4}$/.test(mode) ? Number.parseInt(mode, 8) : 0o644,
        mtimeMs: (numberIn(mtime) ?? 0) * 1000,
      });
  }
  return stats;
}

function variables(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const equals = line.indexOf('=');
    const name = line.slice(0, equals);
    if (equals > 0 && !found.has(name)) found.set(name, line.slice(equals + 1));
  }
  return found;
}

function processOf(words: readonly string[], boot: number | null): ProcessEntry {
  const [pid, parent, uid, gid, ticks, mnt, net, ns, ...exe] = words;
  const same = (word: string | undefined): boolean | null => (word === 'yes' ? true : word === 'no' ? false : null);
  const path = exe.join(' ');
  const at = numberIn(ticks);
  return {
    pid: numberIn(pid) ?? 0,
    parent: numberIn(parent),
    uid: numberIn(uid),
    gid: numberIn(gid),
    exe: path.startsWith('/') ? path : null,
    argv: [path],
    startedAtMs: boot === null || at === null ? null : boot * 1000 + (at * 1000) / USER_HZ,
    sharesOurFiles: same(mnt),
    sharesOurNetwork: same(net),
    sharesOurPids: same(ns),
  };
}

export function captureReader(capture: Capture): HostReader {
  const files = filesOf(capture);
  const stats = statsOf(capture);
  const unreadable = new Set(
    all(capture, 'file').flatMap(({ words }) => (words[0] === 'unreadable' ? [words.slice(2).join(' ')] : [])),
  );
  const dirs = new Map(all(capture, 'dir').map(({ rest, lines }) => [rest, lines['|']]));
  const environments = new Map(
    all(capture, 'environment').map(({ words, lines }) => [words[0] ?? '', variables(lines['|'])]),
  );
  const users = all(capture, 'user').map(({ words: [name = '', uid, gid, ...groups] }) => ({
    name,
    uid: numberIn(uid) ?? -1,
    gid: numberIn(gid) ?? -1,
    groups: groups.flatMap((group) => numberIn(group) ?? []),
  }));
  const boot = numberIn(all(capture, 'btime')[0]?.words[0]);
  const processes = all(capture, 'process').map(({ words }) => processOf(words, boot));
  const ran = new Map(all(capture, 'ran').map((section) => [section.words[0] ?? '', section]));
  const me = numberIn(all(capture, 'me')[0]?.words[0]);
  return {
    platform: 'linux',
    hostname: 'captured',
    uid: me,
    environment: environments.get('self') ?? new Map<string, string>(),
    readFile: (path, maxBytes): Promise<FileResult> => {
      const file = files.get(path);
      if (file !== undefined) {
        const truncated = file.cut || file.bytes.length > maxBytes;
        return Promise.resolve({ state: 'read', bytes: file.bytes.subarray(0, maxBytes), truncated });
      }
      const hidden = unreadable.has(path) || stats.get(path) === 'denied';
      return Promise.resolve(hidden ? { state: 'unreadable', code: 'EACCES' } : { state: 'missing' });
    },
    stat: (path) => Promise.resolve(stats.get(path) ?? 'missing'),
    readDir: (path) => Promise.resolve(dirs.get(path) ?? null),
    realPath: (path) => Promise.resolve(typeof stats.get(path) === 'object' ? path : null),
    agentProcesses: () => Promise.resolve(processes),
    process: (pid) => Promise.resolve(processes.find((entry) => entry.pid === pid) ?? null),
    seenBy: () => null,
    environmentOf: (pid) => Promise.resolve(environments.get(String(pid)) ?? null),
    userName: (uid) => Promise.resolve(users.find((user) => user.uid === uid)?.name ?? null),
    userId: (name) => Promise.resolve(users.find((user) => user.name === name) ?? null),
    groupId: (name) =>
      Promise.resolve(numberIn(all(capture, 'group').find(({ words }) => words[0] === name)?.words[1])),
    run: (program, args) => {
      const found = args[0] === '-V' ? ran.get(`version:${program}`) : undefined;
      const exitCode = numberIn(found?.words[1]);
      return Promise.resolve(
        found === undefined || exitCode === null ? null : { exitCode, stdout: found.lines['|'].join('\n') },
      );
    },
  };
}
