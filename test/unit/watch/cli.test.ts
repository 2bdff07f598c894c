/** Options of watch, and what it tells others: a command, a scraper, the service manager. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onChange } from '../../../src/cli/watch/on-change.js';
import { parseListen, splitCommand, watchOptions } from '../../../src/cli/watch/options.js';
import { stateDirectory } from '../../../src/cli/watch/state-dir.js';
import { serveMetrics } from '../../../src/net/metrics-server.js';
import { changeEvent, type Trouble } from '../../../src/watch/event.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'watch-cli-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('options', () => {
  it.each([
    ['/bin/a b c', ['/bin/a', 'b', 'c']],
    [`/bin/a 'b c' "d \\" e" f\\ g ''`, ['/bin/a', 'b c', 'd " e', 'f g', '']],
    ['/bin/a $(id); rm|x > y', ['/bin/a', '$(id);', 'rm|x', '>', 'y']],
    [`/bin/a x'y'"z"`, ['/bin/a', 'xyz']],
  ])('a command: %s', (text, wanted) => {
    expect(splitCommand(text)).toEqual(wanted);
  });

  it.each(['', '  ', 'mail root', "/bin/a 'b", '"/bin/a'])('no command: %s', (text) => {
    expect(() => splitCommand(text)).toThrow(/--on-change/);
  });

  it('a place to listen', () => {
    expect(parseListen('127.0.0.1:9101', false)).toEqual({ host: '127.0.0.1', port: 9101 });
    expect(parseListen('[::1]:0', false)).toEqual({ host: '::1', port: 0 });
    for (const text of ['0.0.0.0:9101', '192.0.2.1:1', '[::]:9101']) {
      expect(() => parseListen(text, false)).toThrow(/--listen-anywhere/);
      expect(parseListen(text, true).port).toBeGreaterThan(0);
    }
    for (const text of ['9101', 'localhost:9101', '127.0.0.1', '127.0.0.1:99999', '[::1:9101', '127.1:80'])
      expect(() => parseListen(text, true)).toThrow(/ADDRESS:PORT/);
  });

  it('no more often than every ten seconds', () => {
    expect(watchOptions({}).everyMs).toBe(300_000);
    expect(watchOptions({ every: 10_000 }).everyMs).toBe(10_000);
    expect(() => watchOptions({ every: 9999 })).toThrow(/at least 10s/);
  });

  it('where the history is kept', () => {
    expect(stateDirectory('/x', {})).toBe('/x');
    expect(stateDirectory(null, { STATE_DIRECTORY: '/var/lib/a:/var/lib/b' })).toBe('/var/lib/a');
    expect(() => stateDirectory('x', {})).toThrow(/absolute/);
  });
});

describe('the command for each change', () => {
  const event = (byMs: number) => changeEvent(0, { kind: 'clock', byMs });
  const script = (text: string): string => {
    const path = join(directory, 'script');
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  };

  it('gets one event after the other', async () => {
    const out = join(directory, 'out');
    const troubles: Trouble[] = [];
    const command = onChange([script(`cat >> "$1"`), out], (trouble) => void troubles.push(trouble));
    for (const byMs of [1, 2, 3]) command.tell(event(byMs));
    await vi.waitFor(() => expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(4), { timeout: 60_000 });
    const told = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(told).toEqual([1, 2, 3].map(event));
    expect(troubles).toEqual([]);
  });

  it('that fails, is missing or hangs is told, and the next one runs', async () => {
    const troubles: Trouble[] = [];
    const tell = (command: readonly string[], ms = 20_000) =>
      onChange(command, (trouble) => void troubles.push(trouble), ms);
    tell([script('exit 3')]).tell(event(1));
    tell([join(directory, 'none')]).tell(event(1));
    const hanging = join(directory, 'hanging');
    writeFileSync(hanging, '#!/bin/sh\nsleep 60 &\nsleep 60\n', { mode: 0o755 });
    tell([hanging], 150).tell(event(1));
    await vi.waitFor(() => expect(troubles).toHaveLength(3), { timeout: 60_000 });
    expect(troubles.map(({ kind, code }) => `${kind} ${code}`).sort()).toEqual([
      'on_change_failed ENOENT',
      'on_change_failed exit 3',
      'on_change_slow 0.15 s',
    ]);
  });
});

describe('more changes than a slow command can take', () => {
  it('are left out, and told', () => {
    const troubles: Trouble[] = [];
    const command = onChange(['/bin/sleep', '60'], (trouble) => void troubles.push(trouble));
    for (let byMs = 0; byMs < 103; byMs++) command.tell(changeEvent(0, { kind: 'clock', byMs }));
    command.stop();
    const leftOut = { kind: 'on_change_slow', code: 'a change was left out' };
    expect(troubles).toEqual([leftOut, leftOut]);
  });
});

describe('the page for a scraper', () => {
  const ask = (port: number, path: string, method = 'GET', accept = '*/*'): Promise<string> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method, headers: { accept }, agent: false }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk)));
        response.on('end', () => resolve(`${String(response.statusCode)} ${body.trim()}`));
      })
        .on('error', reject)
        .end();
    });

  it('is there, and nothing else is', async () => {
    const server = await serveMetrics({ host: '127.0.0.1', port: 0 }, (form) => form);
    try {
      expect(await ask(server.port, '/metrics')).toBe('200 text');
      expect(await ask(server.port, '/metrics', 'GET', 'application/openmetrics-text;version=1.0.0')).toBe(
        '200 openmetrics',
      );
      expect(await ask(server.port, '/metrics', 'HEAD')).toBe('200 ');
      expect(await ask(server.port, '/')).toMatch(/^404/);
      expect(await ask(server.port, '/metrics', 'POST')).toMatch(/^405/);
      const garbage = await new Promise<boolean>((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write('garbage\r\n\r\n'));
        socket.on('error', () => undefined).on('close', () => resolve(true));
      });
      expect(garbage).toBe(true);
      await expect(serveMetrics({ host: '127.0.0.1', port: server.port }, () => '')).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
    } finally {
      server.close();
    }
  });
});
