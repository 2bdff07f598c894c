/** `report show`: any saved run in any form. */
import { emit, readReport, rendererFor, renderOptionsFor, type ShowFlags } from './io.js';

export async function showCommand(file: string, raw: Record<string, unknown>): Promise<void> {
  const flags = raw as ShowFlags;
  const format = rendererFor(flags.format ?? 'text');
  const report = await readReport(file);
  await emit(format.render(report, renderOptionsFor(flags)), flags);
  process.exitCode = format.exitCode?.(report) ?? 0;
}
