/**
 * Preloaded into the doctor by cases about old trust stores: adds a root of the lab to what it takes for the public's
 * (`tls.rootCertificates` cannot be changed in place). LAB_PUBLIC_ROOTS names the PEM file.
 */
import { register } from 'node:module';

const hooks = `
import { readFileSync } from 'node:fs';
const pem = readFileSync(process.env.LAB_PUBLIC_ROOTS, 'latin1').trim();
const source = 'import * as tls from "node:tls"; export * from "node:tls";' +
  'export const rootCertificates = [...tls.rootCertificates, ' + JSON.stringify(pem) + '];';
export async function resolve(specifier, context, next) {
  if (specifier !== 'node:tls' || !context.parentURL?.includes('/dist/cli/')) return next(specifier, context);
  return { url: 'lab:tls', format: 'module', shortCircuit: true };
}
export async function load(url, context, next) {
  return url === 'lab:tls' ? { format: 'module', source, shortCircuit: true } : next(url, context);
}
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
