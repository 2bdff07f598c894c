/** Exact shapes of parsed JSON and YAML: everything is required unless said otherwise, unknown keys are complaints. */
import { tryParsePrefix, formatPrefix } from '../../src/firewall/core/cidr.js';
import { fqdnProblem } from '../../src/firewall/core/sanitise.js';

/** Complaints about a value, each starting with its path; empty = fits. */
export type Shape = (value: unknown, path: string) => readonly string[];

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}

/** Exactly this string, number or boolean. */
export function exactly(wanted: string | number | boolean): Shape {
  return (value, path) => (value === wanted ? [] : [`${path}: ${show(value)} is not ${show(wanted)}`]);
}

/** A string; the whole of it must match. */
export function text(pattern: RegExp, max = 4096): Shape {
  const whole = new RegExp(`^(?:${pattern.source})$`);
  return (value, path) =>
    typeof value === 'string' && value.length <= max && whole.test(value) && !value.includes('\n')
      ? []
      : [`${path}: ${show(value)} does not match ${pattern.source}`];
}

export function integer(min: number, max: number): Shape {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? []
      : [`${path}: ${show(value)} is no whole number from ${String(min)} to ${String(max)}`];
}

export const port: Shape = integer(1, 65_535);

/** 1..65535 as text, for formats that write ports so. */
export const PORT_TEXT = '(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])';

/** Object with exactly these keys; those of `optional` may be missing. */
export function object(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: is no object`];
    const row = value as Record<string, unknown>;
    const known = { ...required, ...optional };
    return [
      ...Object.keys(required).flatMap((key) => (Object.hasOwn(row, key) ? [] : [`${path}: ${key} is missing`])),
      ...Object.keys(row).flatMap((key) => {
        const shape = Object.hasOwn(known, key) ? known[key] : undefined;
        return shape === undefined
          ? [`${path}: ${show(key)} does not belong there`]
          : shape(row[key], `${path}.${key}`);
      }),
    ];
  };
}

/** Object whose keys match `key` and whose values all fit; never empty. */
export function dictionary(key: RegExp, shape: Shape): Shape {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: is no object`];
    const rows = Object.entries(value as Record<string, unknown>);
    return [
      ...(rows.length === 0 ? [`${path}: is empty`] : []),
      ...rows.flatMap(([name, row]) => [...text(key)(name, `${path}: key`), ...shape(row, `${path}.${name}`)]),
    ];
  };
}

/** List of `min` to `max` different items. */
export function list(shape: Shape, min = 1, max = Number.POSITIVE_INFINITY): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return [`${path}: is no list`];
    const seen = new Set(value.map((item) => JSON.stringify(item)));
    return [
      ...(value.length < min || value.length > max ? [`${path}: has ${String(value.length)} items`] : []),
      ...(seen.size < value.length ? [`${path}: says something twice`] : []),
      ...value.flatMap((item, index) => shape(item, `${path}[${String(index)}]`)),
    ];
  };
}

/** List with one shape for each place. */
export function tuple(...shapes: readonly Shape[]): Shape {
  return (value, path) =>
    Array.isArray(value) && value.length === shapes.length
      ? shapes.flatMap((shape, index) => shape(value[index], `${path}[${String(index)}]`))
      : [`${path}: is no list of ${String(shapes.length)}`];
}

/** Fits one of several; the complaints are those of the closest. */
export function either(...shapes: readonly Shape[]): Shape {
  return (value, path) =>
    shapes.map((shape) => shape(value, path)).reduce((best, found) => (found.length < best.length ? found : best));
}

/** Both, the second only where the first had nothing to say. */
export function also(shape: Shape, rule: (value: never) => string | null): Shape {
  return (value, path) => {
    const found = shape(value, path);
    if (found.length > 0) return found;
    const problem = rule(value as never);
    return problem === null ? [] : [`${path}: ${problem}`];
  };
}

/** Prefix in our own spelling, of one family, and nothing as wide as a default route. */
export function prefix(family: 4 | 6): Shape {
  return (value, path) => {
    const read = typeof value === 'string' ? tryParsePrefix(value) : { problem: 'is no text' };
    if ('problem' in read) return [`${path}: ${show(value)} ${read.problem}`];
    if (read.family !== family) return [`${path}: ${show(value)} is not IPv${String(family)}`];
    if (formatPrefix(read) !== value) return [`${path}: ${show(value)} is not in its canonical form`];
    return read.length < (family === 4 ? 8 : 16) ? [`${path}: ${show(value)} is too wide`] : [];
  };
}

export const fqdn: Shape = (value, path) => {
  const problem = typeof value === 'string' ? fqdnProblem(value) : 'is no text';
  return problem === null ? [] : [`${path}: ${show(value)} ${problem}`];
};
