/** Policies for clusters: what stands in them, what is refused, what the readers refuse, what the scripts do. */
import { ServiceEntry } from '@kubernetes-models/istio/networking.istio.io/v1beta1/ServiceEntry';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { afterEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { findTarget } from '../../../../src/firewall/registry.js';
import { checkAllowList } from '../../../../src/firewall/render.js';
import type { RuleRequest } from '../../../../src/firewall/render.js';
import { RefusalError, type CheckedAllowList } from '../../../../src/firewall/core/target.js';
import { toYaml } from '../../../../src/firewall/core/yaml.js';
import { readYaml } from '../../../oracles/yaml.js';
import type { RenderedFile } from '../../../../src/model/allow-list.js';
import { host, LAB_RANGES, list, usual } from '../factory.js';
import { mixed, render } from './artefacts.js';
import { fakeCloud, type FakeCloud } from './fake-cloud.js';
import { overlooked } from './near-misses.js';
import { complaints } from '../../../oracles/registry.js';

type Request = Partial<RuleRequest>;
const POLICIES = ['network-policy', 'cilium', 'calico'];
const CLUSTERS = [...POLICIES, 'istio'];
const VARIANTS: readonly (readonly [string, Request])[] = [
  ...POLICIES.flatMap((id): [string, Request][] => [
    [id, {}],
    [id, { dns: true, settings: { pods: 'app=netdata,role=parent', namespace: 'monitoring' } }],
    [
      id,
      { mode: 'enforce', settings: { 'dns-pods': 'openshift-dns/dns.operator.openshift.io/daemonset-dns=default' } },
    ],
    [id, { settings: { 'dns-port': '5353' } }],
  ]),
  ['network-policy', { settings: { 'node-local-dns': 'none' } }],
  ['network-policy', { families: [6], dns: true }],
  ['calico', { settings: { 'node-local-dns': 'none', order: '7' } }],
  ['calico', { families: [4] }],
  ['calico', { dns: true, settings: { match: 'names' } }],
  ['istio', {}],
  ['istio', { settings: { namespace: 'monitoring' } }],
];

const made = (...hosts: Parameters<typeof host>[]): CheckedAllowList =>
  checkAllowList(list(hosts.map((row) => host(...row))), LAB_RANGES);
const proxy = (name: string, addresses: readonly string[] = []): CheckedAllowList =>
  made([name, addresses, { purpose: 'proxy', ports: [3128] }]);

/** With an independent YAML library, as kubectl would. */
function documents(files: readonly RenderedFile[]): Record<string, never>[] {
  const yaml = files.find((file) => file.name.endsWith('.yaml'))?.content ?? '';
  return parseAllDocuments(yaml, { strict: true, uniqueKeys: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Record<string, never>;
  });
}

function reason(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    if (error instanceof RefusalError) return error.reason;
    throw error;
  }
}

/** Damage that YAML of ours cannot even spell (null, no list) becomes something that no reader takes. */
function write(value: never): string {
  try {
    return toYaml(value);
  } catch {
    return '---\nbroken: null\n';
  }
}

describe.each(VARIANTS)('%s (%j)', (id, request) => {
  const target = findTarget(id);
  const all = [usual(), mixed()].map((of) => render(target, of, request));

  test('its reader accepts what is rendered, and refuses every near miss', () => {
    for (const files of all) expect(complaints(target.id, files)).toEqual([]);
    // Which pods are meant is the operator's: other labels are another rendering, not damage.
    const others = request.settings?.['pods'] === undefined ? /matchLabels with / : /matchLabels with(?:out)? /;
    expect(overlooked(target, all[Object.keys(request).length === 0 ? 1 : 0] ?? [], readYaml, write, others)).toEqual(
      [],
    );
  });

  test('every object carries our mark, and lies in the namespace asked for', () => {
    for (const files of all)
      for (const document of documents(files))
        expect(document).toMatchObject({
          metadata: {
            namespace: request.settings?.['namespace'] ?? 'default',
            labels: { 'nd-allow': id },
            annotations: { 'nd-allow': expect.stringMatching(/^id=netdata-cloud rev=[0-9a-f]{12} target=/) as string },
          },
        });
  });

  test('the mark tells the revision that the header tells', () => {
    for (const files of all) {
      const revisions = new Set(files.flatMap((file) => file.content.match(/rev=[0-9a-f]+/g) ?? []));
      expect(revisions.size).toBe(1);
    }
  });
});

describe.each(POLICIES)('%s', (id) => {
  test('restricts egress alone, and lets DNS through before anything else', () => {
    for (const request of [{}, { mode: 'enforce' as const }]) {
      const policy = documents(render(id, usual(), request)).at(-1) as unknown as {
        spec: Record<string, readonly unknown[]>;
      };
      expect(policy.spec['policyTypes'] ?? policy.spec['types'] ?? ['Egress']).toEqual(['Egress']);
      expect(policy.spec).not.toHaveProperty('ingress');
      expect(JSON.stringify(policy.spec['egress']?.[0])).toMatch(/kube-system.*53|53.*kube-system/);
    }
  });

  test('takes the resolvers of the nodes in when asked for, and in enforce mode', () => {
    const text = (request: Request): string => JSON.stringify(documents(render(id, usual(), request)).at(-1));
    expect(text({})).not.toContain('192.0.2.53');
    for (const request of [{ dns: true }, { mode: 'enforce' as const }]) {
      expect(text(request)).toContain('192.0.2.53/32');
      expect(text(request)).toContain('2001:db8::53/128');
    }
  });

  test('selects the pods of the chart, or those that are named', () => {
    expect(JSON.stringify(documents(render(id)).at(-1))).toMatch(/"app":"netdata"|app == 'netdata'/);
    const text = JSON.stringify(documents(render(id, usual(), { settings: { pods: 'example.org/a=b,c=d' } })).at(-1));
    expect(text).toMatch(/"example\.org\/a":"b","c":"d"|example\.org\/a == 'b' && c == 'd'/);
    expect(reason(() => render(id, usual(), { settings: { pods: 'a=b,a=c' } }))).toBe('not_expressible');
  });

  test('refuses one local account, expiry, and a proxy that is a Service', () => {
    expect(reason(() => render(id, usual(), { user: 'netdata' }))).toBe('user_not_supported');
    expect(reason(() => render(id, usual(), { onStale: 'expire' }))).toBe('expiry_not_supported');
    for (const name of ['proxy.tools.svc', 'proxy.tools.svc.cluster.local', 'proxy.tools.svc.corp.example'])
      expect(reason(() => render(id, proxy(name, ['10.96.0.7'])))).toBe('not_expressible');
  });

  test('leads to a proxy, and no further', () => {
    for (const of of [proxy('proxy.example.org', ['10.0.0.7']), proxy('10.0.0.7', ['10.0.0.7'])]) {
      const text = JSON.stringify(documents(render(id, of)));
      expect(text).toMatch(/10\.0\.0\.7\/32|proxy\.example\.org/);
      expect(text).toMatch(/3128/);
      expect(text).not.toMatch(/netdata\.cloud|443/);
    }
  });
});

describe('network-policy', () => {
  test('is what the API knows', () => {
    for (const [id, request] of VARIANTS.filter(([name]) => name === 'network-policy'))
      for (const of of [usual(), mixed()])
        for (const document of documents(render(id, of, request))) new NetworkPolicy(document).validate();
    expect(() => new NetworkPolicy({ spec: { podSelector: 'x' } } as never).validate()).toThrow(/podSelector/);
  });

  test('holds each list of ports with its own addresses, and what it leaves out it says', () => {
    const [policy] = documents(
      render(
        'network-policy',
        made(
          ['app.netdata.cloud', ['198.51.100.2', '2001:db8::2']],
          ['api.netdata.cloud', ['198.51.100.3'], { ports: [443, 8443] }],
        ),
      ),
    ) as unknown as [{ spec: { egress: unknown[] } }];
    expect(policy.spec.egress.slice(2)).toEqual([
      {
        to: [{ ipBlock: { cidr: '198.51.100.2/32' } }, { ipBlock: { cidr: '2001:db8::2/128' } }],
        ports: [{ protocol: 'TCP', port: 443 }],
      },
      {
        to: [{ ipBlock: { cidr: '198.51.100.3/32' } }],
        ports: [
          { protocol: 'TCP', port: 443 },
          { protocol: 'TCP', port: 8443 },
        ],
      },
    ]);
    const left = made(['app.netdata.cloud', ['198.51.100.2']], ['get.netdata.cloud', [], { required: false }]);
    expect(render('network-policy', left)[0]?.content).toContain('no address is known: get.netdata.cloud');
    expect(reason(() => render('network-policy', made(['app.netdata.cloud', []])))).toBe('addresses_missing');
  });
});

describe('cilium', () => {
  const spec = (of?: CheckedAllowList, request: Request = {}): unknown =>
    (documents(render('cilium', of, request))[0] as unknown as { spec: unknown }).spec;

  test('learns names from DNS and writes ports as text', () => {
    expect(spec()).toMatchObject({
      egress: [
        {
          toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s-app': 'kube-dns' } }],
          toPorts: [{ ports: [{ port: '53' }, { port: '53' }], rules: { dns: [{ matchPattern: '*' }] } }],
        },
        {
          toFQDNs: [
            { matchName: 'api.netdata.cloud' },
            { matchName: 'app.netdata.cloud' },
            { matchName: 'mqtt.netdata.cloud' },
          ],
          toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }],
        },
      ],
    });
  });

  test('only adds in allow mode; enforce denies the rest, as any policy with egress does', () => {
    expect(spec()).toMatchObject({ enableDefaultDeny: { egress: false } });
    expect(spec(usual(), { mode: 'enforce' })).not.toHaveProperty('enableDefaultDeny');
    const enforce = render('cilium', usual(), { mode: 'enforce' });
    const swapped = enforce.map((file) => ({
      ...file,
      content: file.content.replaceAll('mode=enforce', 'mode=allow'),
    }));
    expect(complaints('cilium', swapped)).not.toEqual([]);
  });

  test('refuses what it would read otherwise than meant', () => {
    expect(reason(() => render('cilium', proxy('proxy')))).toBe('names_not_supported');
    expect(reason(() => render('cilium', usual(), { families: [4] }))).toBe('family_not_supported');
    const ports = Array.from({ length: 41 }, (_, index) => 1000 + index);
    expect(reason(() => render('cilium', made(['app.netdata.cloud', [], { ports }])))).toBe('too_many_entries');
  });
});

describe('calico', () => {
  test('keeps the addresses in sets that the policy refers to by label', () => {
    const all = documents(render('calico', mixed())) as unknown as {
      kind: string;
      metadata: { name: string; labels: Record<string, string> };
      spec: { nets: string[]; order: number; egress: { destination: { selector?: string; nets?: string[] } }[] };
    }[];
    expect(all.map((row) => `${row.kind} ${row.metadata.name}`)).toEqual([
      'NetworkSet nd-allow',
      'NetworkSet nd-allow-443-8443',
      'NetworkSet nd-allow-8443',
      'NetworkPolicy nd-allow',
    ]);
    const used = all[3]?.spec.egress.flatMap(({ destination }) => destination.selector ?? []).slice(2);
    expect(used).toEqual(
      all
        .slice(0, 3)
        .map((set) => `nd-allow == 'calico' && nd-allow-ports == '${set.metadata.labels['nd-allow-ports'] ?? ''}'`),
    );
  });

  test('never mixes the families of addresses in one rule: Calico refuses that', () => {
    const policy = documents(render('calico', usual(), { dns: true })).at(-1) as unknown as {
      spec: { egress: { destination: { nets?: string[] } }[] };
    };
    const nets = policy.spec.egress.flatMap(({ destination }) =>
      destination.nets === undefined ? [] : [destination.nets],
    );
    expect(nets).toHaveLength(4);
    for (const row of nets) expect(new Set(row.map((cidr) => cidr.includes(':'))).size).toBe(1);
  });

  test('a policy that refers to a set that is not there, or leaves one out, is refused', () => {
    const files = render('calico', mixed());
    const lint = (change: (text: string) => string): readonly string[] =>
      complaints(
        'calico',
        files.map((file, index) => (index === 0 ? { ...file, content: change(file.content) } : file)),
      ) ?? [];
    expect(lint((text) => text)).toEqual([]);
    expect(lint((text) => text.replace("nd-allow-ports == '8443'", "nd-allow-ports == '9443'"))).not.toEqual([]);
    expect(lint((text) => text.replace('"nd-allow-ports": "8443"', '"nd-allow-ports": "9443"'))).not.toEqual([]);
  });

  test('writes domains only when asked for, and says which edition that needs', () => {
    expect(render('calico')[0]?.content).not.toContain('domains');
    const named = render('calico', usual(), { settings: { match: 'names' } });
    expect(named[0]?.content).toContain('Needs Calico Enterprise');
    expect(named[0]?.content).not.toContain('NetworkSet');
    expect(documents(named)[0]).toMatchObject({
      spec: {
        egress: expect.arrayContaining([
          {
            action: 'Allow',
            protocol: 'TCP',
            destination: { domains: ['api.netdata.cloud', 'app.netdata.cloud', 'mqtt.netdata.cloud'], ports: [443] },
          },
        ]) as unknown,
      },
    });
    const names = { settings: { match: 'names' } };
    expect(reason(() => render('calico', usual(), { ...names, families: [4] }))).toBe('family_not_supported');
    expect(reason(() => render('calico', proxy('10.0.0.7', ['10.0.0.7']), names))).toBe('names_not_supported');
    expect(reason(() => render('calico', made(['app.netdata.cloud', []])))).toBe('addresses_missing');
  });
});

describe('istio', () => {
  test('is what the API knows', () => {
    for (const of of [usual(), mixed()])
      for (const document of documents(render('istio', of))) {
        new ServiceEntry(document).validate();
        const wrong = { ...document, spec: { ...(document['spec'] as unknown as object), location: 'OUTSIDE' } };
        expect(() => new ServiceEntry(wrong as never).validate()).toThrow(/location/);
      }
  });

  test('names every host once, with all its ports, visible in its own namespace alone', () => {
    expect(documents(render('istio', mixed())).map((row) => row['spec'])).toMatchObject([
      { hosts: ['get.netdata.cloud'], exportTo: ['.'], ports: [{ number: 443, name: 'tls-443', protocol: 'TLS' }] },
      {
        hosts: ['api.netdata.cloud', 'app.netdata.cloud'],
        ports: [{ number: 443 }, { number: 8443 }],
        resolution: 'DNS',
      },
    ]);
  });

  test('refuses what it cannot route or restrict', () => {
    expect(reason(() => render('istio', proxy('proxy.example.org')))).toBe('proxy_not_supported');
    expect(reason(() => render('istio', usual(), { mode: 'enforce' }))).toBe('mode_not_supported');
    expect(reason(() => render('istio', usual(), { dns: true }))).toBe('dns_not_supported');
    expect(reason(() => render('istio', usual(), { families: [6] }))).toBe('family_not_supported');
  });
});

/** kubectl with a few objects: `get` in our two forms, `apply` of a manifest, `delete` by name or label. */
const KUBECTL = `
const kinds = (text) => text.split(',');
const kindOf = { NetworkPolicy: 'networkpolicies', CiliumNetworkPolicy: 'ciliumnetworkpolicies', NetworkSet: 'networksets', ServiceEntry: 'serviceentries' };
const namespace = value('-n');
const [key, wanted] = (value('-l') ?? '').split('=');
const chosen = (row, kind) => row.kind === kind && (namespace === undefined || row.namespace === namespace) && (wanted === undefined || row.labels[key] === wanted);
if (args[0] === 'get' && args[1] === 'pods')
  for (const pod of state.pods) console.log(pod.name + ' ' + (pod.host ? 'true' : ''));
else if (args[0] === 'get') {
  const rows = state.objects.filter((row) => kinds(args[1]).some((kind) => chosen(row, kind)));
  if (value('-o').includes('range')) for (const row of rows) console.log(row.name + ' ' + (row.types ?? []).join(' '));
  else console.log(rows.map((row) => row.name).join(' '));
} else if (args[0] === 'apply') {
  const text = fs.readFileSync(value('-f'), 'utf8');
  for (const part of text.split('---\\n').slice(1)) {
    const read = (pattern) => pattern.exec(part)?.[1];
    const api = read(/^apiVersion: "([^"]+)"/m);
    const kind = kindOf[read(/^kind: "([^"]+)"/m)] + '.' + api.split('/')[0];
    const row = { kind, name: read(/^  name: "([^"]+)"/m), namespace: read(/^  namespace: "([^"]+)"/m), labels: { 'nd-allow': read(/"nd-allow": "([a-z-]+)"\\n/) }, types: part.includes('"Egress"') ? ['Egress'] : [] };
    state.objects = [...state.objects.filter((other) => other.kind !== kind || other.name !== row.name), row];
  }
} else if (args[0] === 'delete') {
  const name = args.filter((arg) => !arg.startsWith('-'))[2];
  const byName = value('-l') === undefined;
  state.objects = state.objects.filter((row) => !(chosen(row, args[1]) && (!byName || args.includes(row.name))));
} else fail('what? ' + args.join(' '));`;

interface State {
  readonly objects: { readonly kind: string; readonly name: string; readonly labels: Record<string, string> }[];
}

describe('the scripts', () => {
  let cluster: FakeCloud | undefined;
  afterEach(async () => {
    await cluster?.close();
    cluster = undefined;
  });
  const open = async (
    objects: readonly object[],
    pods: readonly object[] = [{ name: 'netdata-parent-0' }],
  ): Promise<FakeCloud> => {
    cluster = await fakeCloud('kubectl', KUBECTL, { objects, pods });
    return cluster;
  };
  const names = async (): Promise<string[]> => {
    const state = (await cluster?.state()) as State | undefined;
    return state?.objects.map((row) => row.name).sort() ?? [];
  };
  const foreign = (kind: string): object => ({
    kind,
    name: 'theirs',
    namespace: 'default',
    labels: {},
    types: ['Ingress', 'Egress'],
  });

  test.each([
    ['network-policy', 'networkpolicies.networking.k8s.io'],
    ['calico', 'networkpolicies.projectcalico.org'],
    ['calico', 'networkpolicies.networking.k8s.io'],
  ])('%s does not start to restrict pods in allow mode (%s)', async (id, kind) => {
    const first = await open([{ ...foreign(kind), types: ['Ingress'] }]);
    const stopped = await first.run(render(id), 'install');
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain('no policy in the namespace default restricts egress yet');
    expect(await names()).toEqual(['theirs']);
    expect((await first.run(render(id, usual(), { mode: 'enforce' }), 'install')).code).toBe(0);
    // Ours is there now: it may be brought up to date in either mode.
    expect((await first.run(render(id), 'install')).code).toBe(0);
    await first.close();
    const second = await open([foreign(kind)]);
    expect((await second.run(render(id), 'install')).code).toBe(0);
    expect(await names()).toContain('nd-allow');
  });

  test.each(CLUSTERS)('%s: loaded twice is the same, and removed leaves what was there', async (id) => {
    const open_ = await open([
      foreign('networkpolicies.networking.k8s.io'),
      foreign('serviceentries.networking.istio.io'),
    ]);
    const before = await open_.state();
    for (const files of [render(id), render(id)])
      expect(await open_.run(files, 'install')).toMatchObject({ code: 0, stderr: '' });
    const once = await names();
    await open_.run(render(id), 'install');
    expect(await names()).toEqual(once);
    expect(once.length).toBeGreaterThan(2);
    expect(await open_.run(render(id), 'uninstall')).toMatchObject({ code: 0, stderr: '' });
    expect(await open_.state()).toEqual(before);
  });

  test.each(['calico', 'istio'])('%s: objects of an older rendering go', async (id) => {
    const both = await open([foreign('networkpolicies.networking.k8s.io')]);
    await both.run(render(id, mixed()), 'install');
    const many = (await names()).length;
    expect((await both.run(render(id), 'install')).code).toBe(0);
    expect((await names()).length).toBeLessThan(many);
    expect(await names()).toContain('theirs');
  });

  test('pods that the policy cannot hold are named, and so is a selector that finds none', async () => {
    const some = await open(
      [foreign('networkpolicies.networking.k8s.io')],
      [{ name: 'netdata-parent-0' }, { name: 'netdata-child-x', host: true }],
    );
    expect((await some.run(render('network-policy'), 'install')).stderr).toBe(
      'no policy for pods holds for these, they use the network of their node: netdata-child-x \n',
    );
    await some.close();
    const none = await open([foreign('networkpolicies.networking.k8s.io')], []);
    expect((await none.run(render('cilium'), 'install')).stderr).toBe(
      'no pod in the namespace default has the labels app=netdata\n',
    );
  });
});
