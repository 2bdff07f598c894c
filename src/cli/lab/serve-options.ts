/** Reads and checks the flags of `lab serve`. Throws UsageError. */
import { isIP } from 'node:net';
import { UsageError } from '../../model/errors.js';
import type { CloudOptions } from '../../sim/types.js';
import { readTyped } from '../../host/typed.js';
import { fileErrorText } from '../file-errors.js';
import { typedValue } from '../typed-value.js';

export interface ServeFlags {
  readonly address?: readonly string[];
  readonly publish?: readonly string[];
  readonly httpsPort?: string;
  readonly dnsPort?: string;
  readonly faults?: string;
  /** ms. */
  readonly delay?: number;
  readonly writeCa?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly httpProxy?: string;
  readonly socksProxy?: string;
  readonly proxyCredentials?: string;
  readonly seed?: string;
  readonly json?: boolean;
}

export interface ProxyRequest {
  readonly port: number;
  readonly behaviour: string;
}

export interface ServeOptions {
  readonly cloud: CloudOptions;
  readonly writeCa: string | null;
  readonly httpProxy: ProxyRequest | null;
  readonly socksProxy: ProxyRequest | null;
  readonly proxyCredentials: { readonly user: string; readonly password: string } | null;
  readonly json: boolean;
}

export async function serveOptions(flags: ServeFlags): Promise<ServeOptions> {
  const addresses = addressList(flags.address, '--address') ?? ['127.0.0.1'];
  const published = addressList(flags.publish, '--publish') ?? addresses;
  const certificate = await certificateFiles(flags);
  const dnsAddress = addresses[0] ?? '127.0.0.1';
  return {
    cloud: {
      addresses,
      hosts: { app: { published }, api: { published }, mqtt: { published } },
      httpsPort: port(flags.httpsPort ?? '443', '--https-port'),
      dns: flags.dnsPort === 'none' ? false : { address: dnsAddress, port: port(flags.dnsPort ?? '53', '--dns-port') },
      faults: (flags.faults ?? '')
        .split(',')
        .map((fault) => fault.trim())
        .filter((fault) => fault !== ''),
      answerDelayMs: flags.delay ?? 0,
      ...(certificate ? { certificate } : {}),
      ...(flags.seed === undefined ? {} : { seed: seed(flags.seed) }),
    },
    writeCa: flags.writeCa ?? null,
    httpProxy: flags.httpProxy === undefined ? null : proxyRequest(flags.httpProxy, '--http-proxy'),
    socksProxy: flags.socksProxy === undefined ? null : proxyRequest(flags.socksProxy, '--socks-proxy'),
    proxyCredentials: flags.proxyCredentials === undefined ? null : await credentials(flags.proxyCredentials),
    json: flags.json === true,
  };
}

function addressList(given: readonly string[] | undefined, option: string): readonly string[] | null {
  if (given === undefined || given.length === 0) return null;
  for (const address of given) {
    if (isIP(address) === 0) throw new UsageError(`${option} takes an IP address, not "${address.slice(0, 60)}"`);
  }
  return given;
}

function port(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) {
    throw new UsageError(`${option} takes a port from 0 to 65535, not "${text.slice(0, 40)}"`);
  }
  return value;
}

function seed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--seed takes a whole number, not "${text.slice(0, 40)}"`);
  return Number(text);
}

function proxyRequest(text: string, option: string): ProxyRequest {
  const [portText = '', behaviour = 'ok'] = text.split('=', 2);
  return { port: port(portText, option), behaviour };
}

async function credentials(given: string): Promise<{ readonly user: string; readonly password: string }> {
  const text = await typedValue('--proxy-credentials', given);
  const colon = text.indexOf(':');
  if (colon < 1) throw new UsageError('--proxy-credentials takes user:password');
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

async function certificateFiles(flags: ServeFlags): Promise<{ readonly cert: string; readonly key: string } | null> {
  if (flags.cert === undefined && flags.key === undefined) return null;
  if (flags.cert === undefined || flags.key === undefined) throw new UsageError('--cert and --key belong together');
  const [cert, key] = await Promise.all([readPem(flags.cert), readPem(flags.key)]);
  return { cert, key };
}

async function readPem(path: string): Promise<string> {
  try {
    const text = (await readTyped(path, 1024 * 1024)).toString('utf8');
    if (!text.includes('-----BEGIN ')) throw new UsageError(`${path} holds no PEM block`);
    return text;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
}
