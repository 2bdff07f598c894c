/** How an Agent in a container is reached and started again from outside: inside there is no service to restart. */
import type { AgentContainer } from '../model/agent.js';
import type { HostReader } from './reader.js';

/** Kubernetes mounts it into every pod, unless told otherwise. */
const KUBERNETES_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';
const MAX_NAME_BYTES = 256;

export interface ContainerCommands {
  readonly restart: string;
  /** Runs what follows it inside of the container, as root where the engine can say so. */
  readonly inside: string;
}

/** @param known what the control groups of its process say; null = asked from inside, or no engine that we know */
export async function containerCommands(reader: HostReader, known: AgentContainer | null): Promise<ContainerCommands> {
  const [namespace, hostname] = await Promise.all([
    name(reader, KUBERNETES_NAMESPACE, /^[a-z0-9-]{1,63}$/),
    name(reader, '/etc/hostname', /^[a-z0-9.-]{1,253}$/),
  ]);
  if (namespace !== null || known?.engine === 'kubernetes') {
    const kubectl = `kubectl -n ${namespace ?? 'NAMESPACE'}`;
    const owner = ownerOf(hostname ?? '');
    return { restart: `${kubectl} rollout restart ${owner}`, inside: `${kubectl} exec ${owner} --` };
  }
  const engine = known?.engine ?? 'docker';
  // Without a name of its own a container is called by the first digits of its id.
  const id = known?.id ?? (/^[0-9a-f]{12}$/.test(hostname ?? '') ? hostname : null) ?? 'CONTAINER';
  return { restart: `${engine} restart ${id}`, inside: `${engine} exec -u 0 ${id}` };
}

async function name(reader: HostReader, path: string, form: RegExp): Promise<string | null> {
  const file = await reader.readFile(path, MAX_NAME_BYTES);
  const text = file.state === 'read' ? new TextDecoder().decode(file.bytes).trim() : '';
  return form.test(text) ? text : null;
}

/** Letters and digits of the endings that Kubernetes gives to names of pods. */
const ENDING = '[bcdfghjklmnpqrstvwxz2456789]';
const OWNERS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^(.*netdata.*)-${ENDING}{6,10}-${ENDING}{5}$`), 'deployment'],
  [new RegExp(`^(.*netdata.*)-${ENDING}{5}$`), 'daemonset'],
  [/^(.*netdata.*)-\d{1,3}$/, 'statefulset'],
];

/** What made a pod of this name. */
function ownerOf(pod: string): string {
  for (const [form, kind] of OWNERS) {
    const match = form.exec(pod);
    if (match !== null) return `${kind}/${match[1] ?? ''}`;
  }
  return 'daemonset/NAME';
}
