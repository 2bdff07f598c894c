/** Everything that depends on the terminal: colour, width, Unicode, progress. The only file that knows chalk. */
import { Chalk, type ChalkInstance, supportsColor } from 'chalk';
import type { Paint } from '../report/paint.js';

export interface TerminalOptions {
  readonly color: boolean;
  readonly width: number;
  readonly unicode: boolean;
}

/** NO_COLOR, TERM=dumb, FORCE_COLOR and --no-color, in that order of precedence below the explicit option. */
export function terminalOptions(
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
  explicit: { readonly color?: boolean | undefined; readonly ascii?: boolean | undefined },
): TerminalOptions {
  const isTerminal = stream.isTTY;
  const refused = explicit.color === false || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const forced =
    !['', '0', undefined].includes(env['FORCE_COLOR']) || !['', '0', undefined].includes(env['CLICOLOR_FORCE']);
  const locale = env['LC_ALL'] ?? env['LC_CTYPE'] ?? env['LANG'] ?? '';
  return {
    color: !refused && (forced || (isTerminal && supportsColor !== false)),
    width: Math.min(Math.max((stream.columns ?? Number(env['COLUMNS'])) || 80, 40), 120),
    unicode: explicit.ascii !== true && /utf-?8/i.test(locale),
  };
}

export function createPaint(color: boolean): Paint {
  const chalk: ChalkInstance = new Chalk({ level: color ? 1 : 0 });
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
  };
}

/** One line on stderr that says what is being waited for; silent unless stderr is a terminal. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #enabled: boolean;
  #shown = false;

  constructor(stream: NodeJS.WriteStream, enabled: boolean) {
    this.#stream = stream;
    this.#enabled = enabled && stream.isTTY;
  }

  show(text: string): void {
    if (!this.#enabled) return;
    const width = (this.#stream.columns ?? 80) - 1;
    this.#stream.write(`\r\u001b[2K${text.slice(0, width)}`);
    this.#shown = true;
  }

  clear(): void {
    if (!this.#shown) return;
    this.#stream.write('\r\u001b[2K');
    this.#shown = false;
  }
}
