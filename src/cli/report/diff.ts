/** `report diff`: what changed between two runs, and whether it matters. */
import { diffReports } from '../../report/diff.js';
import { diffJson, diffMarkdown, diffText } from '../../report/diff-forms.js';
import { emit, oneOf, readReport, renderOptionsFor, type ShowFlags } from './io.js';

export const DIFF_FORMS = ['text', 'json', 'markdown'] as const;

export async function diffCommand(before: string, after: string, raw: Record<string, unknown>): Promise<void> {
  const flags = raw as ShowFlags;
  const format = oneOf('--format', flags.format, DIFF_FORMS);
  const [old, recent] = [await readReport(before), await readReport(after)];
  if (old.redaction.mode === 'strict' || recent.redaction.mode === 'strict') {
    process.stderr.write(
      'netdata-egress: stand-ins compare only if both runs were redacted with the same --map or --redact-key\n',
    );
  }
  const changes = diffReports(old, recent);
  const forms = {
    text: () => diffText(changes, renderOptionsFor(flags)),
    json: () => diffJson(changes),
    markdown: () => diffMarkdown(changes),
  };
  await emit(forms[format](), flags);
  process.exitCode = changes.some((change) => change.matters) ? 1 : 0;
}
