/** The allow list itself, as `--from-list` reads it back, with the notice inside. */
import { headerLines } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { type RuleTarget, USUAL } from '../core/target.js';

/** JSON text in ASCII: everything else as \u escapes. */
function toAscii(text: string): string {
  return text.replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export const json: RuleTarget = {
  id: 'json',
  title: 'JSON with everything that is known (read back by --from-list)',
  group: 'lists',
  capabilities: { ...USUAL, expiry: true },
  settings: [],
  render(list, options) {
    const hosts = list.hosts.map((host) => ({
      ...host,
      addresses: host.addresses.filter((address) => options.families.includes(address.family)),
    }));
    const document = { notice: headerLines(json, list, options), ...list, hosts };
    return [{ name: `${MARKER}.json`, content: `${toAscii(JSON.stringify(document, null, 2))}\n`, mode: 0o644 }];
  },
};
