/**
 * firewalld: permanent files and the running daemon are kept equal. A reload would interrupt new connections for
 * a moment, so when only addresses changed they go into the running sets one by one, added first.
 */
import type { RenderedFile } from '../../../model/allow-list.js';
import { formatPrefix, tryParsePrefix } from '../../core/cidr.js';
import { comparable } from '../../core/header.js';
import { MARKER } from '../../core/names.js';
import { joinPorts, uniqueEntries, type FirewallManager, type ApplyContext, type LiveEntry } from '../manager.js';
import { mustRun, runScript, tryRun } from '../script-run.js';

const ETC = '/etc/firewalld';
const SET = new RegExp(`^${MARKER}[46](?:-|$)`);

async function running(context: ApplyContext): Promise<boolean> {
  return (await tryRun(context, ['firewall-cmd', '--state'])) !== null;
}

async function fileNames(context: ApplyContext): Promise<string[]> {
  const text = await tryRun(context, [
    'find',
    `${ETC}/ipsets`,
    `${ETC}/policies`,
    '-maxdepth',
    '1',
    '-name',
    `${MARKER}*.xml`,
  ]);
  return (text ?? '')
    .split('\n')
    .filter((path) => SET.test(path.split('/').at(-1)?.replace('.xml', '') ?? '') || path.endsWith(`/${MARKER}.xml`))
    .sort();
}

async function readFiles(context: ApplyContext): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const path of await fileNames(context)) files[path] = await mustRun(context, ['cat', path]);
  return files;
}

/** Without the header: what the daemon sees. */
function body(xml: string): string {
  return xml.replace(/<!--[\s\S]*?-->\s*/, '').replaceAll(/\s*<entry>[^<]*<\/entry>/g, '');
}

function xmlEntries(xml: string): string[] {
  return [...xml.matchAll(/<entry>([^<]*)<\/entry>/g)].map((match) => match[1] ?? '');
}

async function runtimeSets(context: ApplyContext): Promise<string[]> {
  const text = await mustRun(context, ['firewall-cmd', '--get-ipsets']);
  return text.split(/\s+/).filter((name) => SET.test(name));
}

async function runtimeEntries(context: ApplyContext, set: string): Promise<string[]> {
  const text = await mustRun(context, ['firewall-cmd', `--ipset=${set}`, '--get-entries']);
  return text.split('\n').filter((line) => line !== '');
}

/**
 * Entry by entry: `--add-entries-from-file` makes the daemon flush the whole set and fill it again, and new
 * connections fail in between (firewalld 1.3.3).
 */
async function changeEntries(
  context: ApplyContext,
  set: string,
  verb: 'add' | 'remove',
  entries: readonly string[],
): Promise<void> {
  if (entries.length === 0) return;
  await mustRun(context, ['firewall-cmd', `--ipset=${set}`, ...entries.map((entry) => `--${verb}-entry=${entry}`)]);
}

/** Writes through a temporary name, so that a reload never sees half a file. */
async function writeXml(context: ApplyContext, path: string, content: string): Promise<void> {
  const temporary = `${path}.${MARKER}-new`;
  await mustRun(context, ['mkdir', '-p', path.slice(0, path.lastIndexOf('/'))]);
  await mustRun(context, ['tee', temporary], { stdin: content });
  await mustRun(context, ['chmod', '0644', temporary]);
  await mustRun(context, ['mv', '-f', temporary, path]);
}

/** Only addresses differ, and every set is already loaded: no reload needed. Returns false otherwise. */
async function applyInPlace(context: ApplyContext, files: readonly RenderedFile[]): Promise<boolean> {
  const wanted = new Map(
    files.filter((file) => file.name.endsWith('.xml')).map((file) => [`${ETC}/${file.name}`, file.content]),
  );
  const current = await readFiles(context);
  if (Object.keys(current).length !== wanted.size || !(await running(context))) return false;
  for (const [path, content] of wanted) if (body(current[path] ?? '') !== body(content)) return false;
  const loaded = await runtimeSets(context);
  const sets = [...wanted].filter(([path]) => path.startsWith(`${ETC}/ipsets/`));
  if (sets.some(([path]) => !loaded.includes(setName(path)))) return false;
  if ((await tryRun(context, ['firewall-cmd', `--info-policy=${MARKER}`])) === null) return false;
  for (const [path, content] of sets) {
    const want = xmlEntries(content);
    const have = await runtimeEntries(context, setName(path));
    await changeEntries(
      context,
      setName(path),
      'add',
      want.filter((entry) => !have.includes(entry)),
    );
    await changeEntries(
      context,
      setName(path),
      'remove',
      have.filter((entry) => !want.includes(entry)),
    );
  }
  for (const [path, content] of wanted)
    if (comparable(current[path] ?? '') !== comparable(content)) await writeXml(context, path, content);
  return true;
}

function setName(path: string): string {
  return path.split('/').at(-1)?.replace('.xml', '') ?? '';
}

/** Rich rules of the policy that accept from a set: set and port. */
function policyRules(info: string): { set: string; port: string }[] {
  return [...info.matchAll(/destination ipset="([^"]+)" port port="(\d+)" protocol="tcp" accept/g)].map((match) => ({
    set: match[1] ?? '',
    port: match[2] ?? '',
  }));
}

/** What the permanent files let through, for a daemon that does not run. */
function storedEntries(files: Readonly<Record<string, string>>): LiveEntry[] {
  const policy = files[`${ETC}/policies/${MARKER}.xml`] ?? '';
  const rules = [...policy.matchAll(/<destination ipset="([^"]+)"\/><port port="(\d+)" protocol="tcp"\/>/g)];
  return joinPorts(
    rules.flatMap(([, set = '', port = '']) =>
      xmlEntries(files[`${ETC}/ipsets/${set}.xml`] ?? '').flatMap((entry): LiveEntry[] => {
        const prefix = tryParsePrefix(entry);
        return 'problem' in prefix ? [] : [{ family: prefix.family, cidr: formatPrefix(prefix), ports: port }];
      }),
    ),
  );
}

export const firewalldManager: FirewallManager = {
  target: 'firewalld',
  needs: ['firewall-cmd'],
  keepsRules: true,
  hasBackends: false,
  replaces: ['firewalld'],
  unit: { writes: ['/etc/firewalld'], capabilities: 'CAP_NET_ADMIN CAP_NET_RAW CAP_DAC_OVERRIDE' },
  async read(context) {
    const permanent = await readFiles(context);
    const present = Object.keys(permanent).length > 0;
    if (!(await running(context)))
      return {
        present,
        target: 'firewalld',
        running: false,
        revision: null,
        entries: storedEntries(permanent),
        hooks: [],
        problems: [],
      };
    const info = await tryRun(context, ['firewall-cmd', `--info-policy=${MARKER}`]);
    const loaded = await runtimeSets(context);
    const problems: string[] = [];
    const bySet = new Map<string, number[]>();
    for (const { set, port } of policyRules(info ?? '')) bySet.set(set, [...(bySet.get(set) ?? []), Number(port)]);
    const entries: LiveEntry[] = [];
    for (const [set, ports] of bySet) {
      const text = ports.sort((a, b) => a - b).join(',');
      const live = loaded.includes(set) ? await runtimeEntries(context, set) : [];
      if (!loaded.includes(set)) problems.push(`the policy uses the set ${set}, which is not loaded`);
      for (const entry of live) {
        const prefix = tryParsePrefix(entry);
        if ('problem' in prefix) problems.push(`the set ${set} holds ${entry}: ${prefix.problem}`);
        else entries.push({ family: prefix.family, cidr: formatPrefix(prefix), ports: text });
      }
      const stored = xmlEntries(permanent[`${ETC}/ipsets/${set}.xml`] ?? '');
      if (stored.toSorted().join() !== live.toSorted().join())
        problems.push(`the set ${set} differs between the running daemon and its file: the next reload changes it`);
    }
    return {
      target: 'firewalld',
      running: true,
      present: present || info !== null || loaded.length > 0,
      revision: /\brev=([0-9a-f]+)/.exec(permanent[`${ETC}/policies/${MARKER}.xml`] ?? '')?.[1] ?? null,
      entries: uniqueEntries(entries),
      hooks: [
        {
          where: `firewalld policy ${MARKER}`,
          present: info?.includes(`${MARKER} (active)`) ?? false,
          shadowedBy: null,
        },
      ],
      problems,
    };
  },
  async capture(context) {
    return { files: await readFiles(context) };
  },
  async restore(context, captured) {
    const before = captured['files'] as Readonly<Record<string, string>>;
    for (const path of await fileNames(context))
      if (!Object.hasOwn(before, path)) await mustRun(context, ['rm', '-f', path]);
    for (const [path, content] of Object.entries(before)) await writeXml(context, path, content);
    if (await running(context)) await mustRun(context, ['firewall-cmd', '--reload']);
  },
  async apply(context, files) {
    if (!(await applyInPlace(context, files))) await runScript(context, files, 'install');
  },
  async remove(context, files) {
    await runScript(context, files, 'uninstall');
  },
};
