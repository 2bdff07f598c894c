/** HashiCorp's HCL parser. Required, not imported: its declarations would drag the types of browsers into every test. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const hcl2json = require('@cdktf/hcl2json') as { parse(name: string, text: string): Promise<unknown> };

/** Blocks become lists, expressions become `${...}`. Rejects what is no HCL. */
export function parseHcl(text: string): Promise<unknown> {
  return hcl2json.parse('x.tf', text);
}
