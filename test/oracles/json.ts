/** Reads what `targets/json.ts` writes, and nothing else. */
import { parseListFile } from '../../src/firewall/core/parse-list.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

export function json(files: readonly RenderedFile[]): readonly string[] {
  const content = files[0]?.content ?? '';
  // A list for a proxy is an export only: --from-list makes it anew from --proxy.
  if (/"purpose": "proxy"/.test(content)) return [];
  try {
    parseListFile(content, files[0]?.name ?? 'file', '1970-01-01T00:00:00Z');
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
