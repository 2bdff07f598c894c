import { UsageError } from '../../model/errors.js';
import { parseDuration } from '../duration.js';

/** ms; 0 = no confirmation. At least five seconds otherwise: nobody types faster, and an hour at most. */
export function parseConfirmTimeout(text: string | undefined): number {
  if (text === undefined) return 60_000;
  if (/^0(?:ms|s|m|h)?$/.test(text)) return 0;
  const ms = parseDuration(text, '--confirm-timeout');
  if (ms < 2000 || ms > 3_600_000) throw new UsageError('--confirm-timeout must be 0 or lie between 2s and 1h');
  return ms;
}
