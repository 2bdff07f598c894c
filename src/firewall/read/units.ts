/**
 * What systemd keeps a unit from on the network: settings of the unit and of the slices around it, as BPF programs of
 * control groups (systemd.resource-control(5)). No firewall rule shows them, and whoever asks from another unit is free.
 */
import { addressOf, or, point, spanOf, within, type Ternary } from './spans.js';

/** For `systemctl show -p`. */
export const UNIT_PROPERTIES = [
  'Id',
  'IPAddressAllow',
  'IPAddressDeny',
  'IPEgressFilterPath',
  'IPIngressFilterPath',
  'BPFProgram',
  'RestrictNetworkInterfaces',
  'RestrictAddressFamilies',
  'PrivateNetwork',
] as const;

export interface UnitSettings {
  readonly id: string;
  readonly of: ReadonlyMap<string, string>;
}

/** A setting that stops an exchange, or perhaps does. */
export interface UnitStop {
  readonly unit: string;
  readonly text: string;
  readonly sure: boolean;
}

/** Text of `systemctl show`: blocks of `Name=value`, an empty line between units. */
export function unitsIn(text: string): readonly UnitSettings[] {
  return text.split(/\n\s*\n/).flatMap((block): UnitSettings[] => {
    const of = new Map(
      block.split('\n').flatMap((line): [string, string][] => {
        const at = line.indexOf('=');
        return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
      }),
    );
    const id = of.get('Id');
    return id === undefined || id === '' ? [] : [{ id, of }];
  });
}

/** Units around a process, the outermost first: the parts of its path in the unified hierarchy (cgroups(7)). */
export function unitsAround(cgroup: string): readonly string[] {
  const path = /^0::(\/.*)$/m.exec(cgroup)?.[1] ?? '';
  const parts = path.split('/').filter((part) => /^[\w:.@\\-]{1,200}\.(?:slice|service|scope)$/.test(part));
  return parts.length === 0 ? [] : ['-.slice', ...parts];
}

/** @param device by which the exchange leaves; null = unknown */
export function stoppedByUnits(
  units: readonly UnitSettings[],
  address: string,
  device: string | null,
): UnitStop | null {
  return addressStop(units, address) ?? units.map((unit) => otherStop(unit, address, device)).find(isStop) ?? null;
}

const isStop = (stop: UnitStop | null): stop is UnitStop => stop !== null;

/** What any of them allows is allowed; of the rest, what any of them denies is denied. */
function addressStop(units: readonly UnitSettings[], address: string): UnitStop | null {
  const inList = (name: string, unit: UnitSettings): Ternary => inAddresses(unit.of.get(name) ?? '', address);
  const allowed = units.reduce<Ternary>((sum, unit) => or(sum, inList('IPAddressAllow', unit)), false);
  if (allowed === true) return null;
  for (const unit of units) {
    const denied = inList('IPAddressDeny', unit);
    if (denied === false) continue;
    return {
      unit: unit.id,
      text: `IPAddressDeny=${unit.of.get('IPAddressDeny') ?? ''}`,
      sure: denied === true && allowed === false,
    };
  }
  return null;
}

const NAMED: Readonly<Record<string, readonly string[]>> = {
  any: ['0.0.0.0/0', '::/0'],
  localhost: ['127.0.0.0/8', '::1/128'],
  'link-local': ['169.254.0.0/16', 'fe80::/64'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
};

function inAddresses(list: string, address: string): Ternary {
  const value = addressOf(address);
  if (value === null) return null;
  let found: Ternary = false;
  for (const word of list.split(/\s+/).filter(Boolean)) {
    for (const prefix of NAMED[word] ?? [word]) {
      const span = spanOf(prefix);
      found = or(found, span === null ? null : typeof span.lo === typeof value && within(point(value), span));
    }
  }
  return found;
}

function otherStop({ id, of }: UnitSettings, address: string, device: string | null): UnitStop | null {
  const stop = (name: string, sure: boolean): UnitStop => ({ unit: id, text: `${name}=${of.get(name) ?? ''}`, sure });
  if (of.get('PrivateNetwork') === 'yes') return stop('PrivateNetwork', true);
  const family = address.includes(':') ? 'AF_INET6' : 'AF_INET';
  if (listed(of.get('RestrictAddressFamilies'), family) === false) return stop('RestrictAddressFamilies', true);
  const interfaces = of.get('RestrictNetworkInterfaces');
  if (interfaces !== undefined && interfaces !== '') {
    const free = device === null ? null : listed(interfaces, device);
    if (free !== true) return stop('RestrictNetworkInterfaces', free === false);
  }
  const program = ['IPEgressFilterPath', 'IPIngressFilterPath', 'BPFProgram'].find(
    (name) => (of.get(name) ?? '') !== '',
  );
  return program === undefined ? null : stop(program, false);
}

/** A list of what is free, or with `~` of what is not; null = there is no list. */
function listed(list: string | undefined, what: string): boolean | null {
  if (list === undefined || list === '' || list === '~') return null;
  const names = list.replace(/^~/, '').split(/\s+/);
  return names.includes(what) !== list.startsWith('~');
}
