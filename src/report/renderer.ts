/** What every form of a report is. */
import type { Report } from '../model/report.js';
import type { Paint } from './paint.js';

export interface RenderOptions {
  readonly paint: Paint;
  /** Columns of the terminal; only the text form looks at it. */
  readonly width: number;
  /** False: ASCII only. */
  readonly unicode: boolean;
  /** 0 = the answer; 1 = every step and control; 2 = also certificates and headers; -1 = the verdict alone. */
  readonly verbose: number;
}

export interface Renderer {
  readonly id: string;
  /** One line for `--help`. */
  readonly title: string;
  /** File name extension without a dot, for `--output-dir`. */
  readonly extension: string;
  render(report: Report, options: RenderOptions): string;
  /** Replaces the run's exit code where the form is made for a caller with codes of its own. */
  exitCode?(report: Report): number;
}
