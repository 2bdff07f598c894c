/** Every case of the lab, in the order of docs/grade.md. */
import type { LabCase } from '../harness/case.js';
import { agentCases } from './agents.js';
import { comboCases } from './combos.js';
import { dnsCases } from './dns.js';
import { healthyCases } from './healthy.js';
import { httpCases } from './http.js';
import { localRuleCases } from './local-rules.js';
import { matrixCases } from './matrix.js';
import { modeCases } from './modes.js';
import { besidesCases } from './products-besides.js';
import { clusterCases } from './products-clusters.js';
import { hostCases } from './products-hosts.js';
import { proxyFaultCases } from './proxy-faults.js';
import { proxyRouteCases } from './proxy-routes.js';
import { staticCases } from './static.js';
import { tlsCases } from './tls.js';
import { urlCases } from './urls.js';
import { pairCases } from './pairs.js';
import { singleCases } from './singles.js';
import { transportCases } from './transport.js';
import { unusualCases } from './unusual.js';
import { versionCases } from './versions.js';

export const GROUPS = {
  healthy: healthyCases,
  dns: dnsCases,
  transport: transportCases,
  tls: tlsCases,
  http: httpCases,
  'proxy-routes': proxyRouteCases,
  'proxy-faults': proxyFaultCases,
  matrix: matrixCases,
  urls: urlCases,
  agents: agentCases,
  static: staticCases,
  combos: comboCases,
  singles: singleCases,
  pairs: pairCases,
  unusual: unusualCases,
  modes: modeCases,
  versions: versionCases,
  'local-rules': localRuleCases,
  products: [...clusterCases, ...hostCases, ...besidesCases],
} as const satisfies Readonly<Record<string, readonly LabCase[]>>;

export type Group = keyof typeof GROUPS;
