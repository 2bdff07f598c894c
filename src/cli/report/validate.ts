/** `report validate`: one line per file. */
import { UsageError } from '../../model/errors.js';
import { safeText } from '../../report/escape.js';
import { nameOf, readReport } from './io.js';

export async function validateCommand(files: readonly string[]): Promise<void> {
  let invalid = 0;
  for (const file of files) {
    try {
      const report = await readReport(file);
      process.stdout.write(
        `${safeText(nameOf(file))}: valid, written by netdata-egress ${safeText(report.tool.version, 40)}\n`,
      );
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      invalid += 1;
      process.stdout.write(`${safeText(error.message, 600)}\n`);
    }
  }
  process.exitCode = invalid === 0 ? 0 : 1;
}
