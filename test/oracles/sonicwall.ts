/** Reads what `targets/sonicwall.ts` writes, against the schema of SonicOS API 7.0.1. */
import { MARKER } from '../../src/firewall/core/names.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { headerProblems } from './header-check.js';
import { lintJson } from './json-file.js';
import { also, exactly, fqdn, list, object, port, text, type Shape } from './shape.js';

const NAME = text(new RegExp(`${MARKER}-[A-Za-z0-9_-]+`), 63);
const ZONE = text(/[A-Za-z0-9_.-]+/, 31);
const yes = exactly(true);
const rule = (family: string): Shape =>
  object({
    [family]: object({
      name: NAME,
      enable: yes,
      from: ZONE,
      to: ZONE,
      action: exactly('allow'),
      source: object({ address: object({ any: yes }), port: object({ any: yes }) }),
      service: object({ name: NAME }),
      destination: object({ address: object({ name: NAME }) }),
      schedule: object({ always_on: yes }),
      users: object({ included: object({ all: yes }), excluded: object({ none: yes }) }),
      comment: exactly(`${MARKER} netdata cloud`),
    }),
  });
const SHAPE = object(
  {
    address_objects: list(object({ fqdn: object({ name: NAME, domain: fqdn, zone: ZONE }) }), 1),
    service_objects: list(
      also(
        object({ name: NAME, tcp: object({ begin: port, end: port }) }),
        (row: { tcp: { begin: number; end: number } }) => (row.tcp.begin === row.tcp.end ? null : 'is a range'),
      ),
      1,
    ),
  },
  { ipv4: list(rule('ipv4'), 1, 500), ipv6: list(rule('ipv6'), 1, 500) },
);

interface Rule {
  readonly service: { readonly name: string };
  readonly destination: { readonly address: { readonly name: string } };
}
interface Document {
  readonly address_objects: readonly { readonly fqdn: { readonly name: string; readonly domain: string } }[];
  readonly service_objects: readonly { readonly name: string; readonly tcp: { readonly begin: number } }[];
  readonly ipv4?: readonly { readonly ipv4: Rule }[];
  readonly ipv6?: readonly { readonly ipv6: Rule }[];
}

const isOwn = (file: RenderedFile): boolean => file.name.endsWith('.sonicwall.json');

function pairs(files: readonly RenderedFile[]): readonly { readonly names: string[]; readonly ports: string[] }[] {
  return files.filter(isOwn).flatMap((file) => {
    const of = JSON.parse(file.content) as Document;
    const rules = [...(of.ipv4 ?? []).map((row) => row.ipv4), ...(of.ipv6 ?? []).map((row) => row.ipv6)];
    return rules.map(({ service, destination }) => ({
      names: [of.address_objects.find((row) => row.fqdn.name === destination.address.name)?.fqdn.domain ?? 'nothing'],
      ports: [String(of.service_objects.find((row) => row.name === service.name)?.tcp.begin ?? 0)],
    }));
  });
}

function lint(files: readonly RenderedFile[]): readonly string[] {
  const problems = files.filter(isOwn).flatMap((file) => lintJson(file, SHAPE));
  return problems.length > 0 ? problems : headerProblems(files, pairs(files), true);
}

export const sonicwall = Object.assign(lint, {
  flows: (files: readonly RenderedFile[]) => pairs(files).map(({ names, ports }) => `${names.join()} ${ports.join()}`),
});
