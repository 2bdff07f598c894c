/** Settings in files and sections that this version never reads. */
import { lookup } from '../ini.js';
import type { ConfigFile } from '../installation.js';
import { CLAIM_LEG, LINK_LEGS, claimIsOpen } from './context.js';
import type { FactDraft, LintContext } from './context.js';

type Legs = FactDraft['legs'];
const ALL: Legs = [...CLAIM_LEG, ...LINK_LEGS];

/** Keys of the cloud's settings, in whatever file. */
const CLOUD_KEYS = ['url', 'cloud base url', 'token', 'rooms', 'proxy', 'insecure', 'claimed_id'];
/** In `[cloud]` of netdata.conf people write these, and only `proxy` and a few of no weight are looked at. */
const NOT_IN_NETDATA_CONF = ['enable', 'enabled', 'url', 'cloud base url', 'token', 'rooms', 'insecure', 'claimed_id'];

export function lintMisplaced(context: LintContext): FactDraft[] {
  return [
    ...strayFiles(context),
    ...inNetdataConf(context),
    ...otherSections(context),
    ...notOfThisVersion(context),
    ...proxyWithoutToken(context),
  ];
}

function misplaced(
  kind: string,
  file: ConfigFile,
  line: number | null,
  text: string,
  goesTo: string,
  legs: Legs,
  key: string | null,
): FactDraft {
  return {
    finding: 'agent.settings_misplaced',
    kind,
    // A proxy that nobody reads leaves the legs to go direct without being meant to.
    // Where only the token is missing yet, the file is about to be completed.
    effect: key === 'proxy' && kind !== 'proxy_without_token' ? 'route' : 'note',
    source: { kind: 'file', name: file.path, line },
    text,
    legs,
    data: { key, goesTo },
  };
}

/** Files with the right name in the wrong directory. */
function strayFiles({ settings, installed }: LintContext): FactDraft[] {
  const { cloudDir, configDir } = installed.installation;
  return settings.files.strays.flatMap((file): FactDraft[] => {
    const set = file.ini.entries.filter(({ key }) => CLOUD_KEYS.includes(key));
    const [first] = set;
    if (first === undefined) return [];
    const goesTo = file.path.endsWith('/claim.conf') ? `${configDir}/claim.conf` : `${cloudDir}/cloud.conf`;
    const proxy = set.find(({ key, value }) => key === 'proxy' && value !== '');
    const text = `${file.path} is never read: the Agent looks for ${goesTo}`;
    const { line, key } = proxy ?? first;
    return [misplaced('stray_file', file, line, text, goesTo, ALL, key)];
  });
}

function inNetdataConf({ settings, installed }: LintContext): FactDraft[] {
  const { netdataConf } = settings.files;
  const { cloudDir } = installed.installation;
  const goesTo = `${cloudDir}/cloud.conf`;
  return netdataConf.ini.entries.flatMap(({ section, key, line }): FactDraft[] => {
    if (section === 'agent_cloud_link') {
      const text = '[agent_cloud_link] has not been read since version 1.22';
      return [misplaced('old_section', netdataConf, line, text, goesTo, LINK_LEGS, key)];
    }
    if (section === 'cloud' && NOT_IN_NETDATA_CONF.includes(key)) {
      const text =
        key === 'enable' || key === 'enabled'
          ? `\`${key}\` in [cloud] of netdata.conf switches nothing: no version reads it there`
          : `\`${key}\` in [cloud] of netdata.conf is never read`;
      return [misplaced('netdata_conf', netdataConf, line, text, goesTo, LINK_LEGS, key)];
    }
    if (section === 'global' && key === 'proxy') {
      const text = '`proxy` in [global] of netdata.conf is never read: there, its section is [cloud]';
      return [misplaced('netdata_conf', netdataConf, line, text, goesTo, LINK_LEGS, key)];
    }
    return [];
  });
}

/** The right file, another section than the only one that is read. */
function otherSections({ settings }: LintContext): FactDraft[] {
  const { claimConf, cloudConf } = settings.files;
  return [claimConf, cloudConf].flatMap((file) =>
    file.ini.entries
      // A spelling of the right one is told with the line itself.
      .filter(({ section, key }) => section.trim().toLowerCase() !== 'global' && CLOUD_KEYS.includes(key))
      .map(({ section, key, line }) =>
        misplaced(
          'section',
          file,
          line,
          `\`${key}\` stands in another section than [global], the only one that is read here`,
          file.path,
          file === claimConf ? CLAIM_LEG : LINK_LEGS,
          section === '' ? null : key,
        ),
      ),
  );
}

/** What another version would read there. */
function notOfThisVersion({ settings, rules, version, installed }: LintContext): FactDraft[] {
  const { claimConf, cloudConf, netdataConf } = settings.files;
  const drafts: FactDraft[] = [];
  const { cloudDir } = installed.installation;
  const set = claimConf.ini.entries.find(({ section, key }) => section === 'global' && CLOUD_KEYS.includes(key));
  if (!rules.claimsByItself && set !== undefined) {
    const text = `version ${version} does not know claim.conf: it is claimed by the script netdata-claim.sh, with options`;
    drafts.push(misplaced('claim_conf', claimConf, set.line, text, `${cloudDir}/cloud.conf`, CLAIM_LEG, set.key));
  }
  const proxy = lookup(cloudConf.ini, 'global', 'proxy');
  if (!rules.linkProxyInCloudConf && proxy !== null && !['', 'env'].includes(proxy.value)) {
    const text = `version ${version} reads the proxy of the link from [cloud] of netdata.conf only: this line is not looked at`;
    drafts.push(misplaced('cloud_conf_proxy', cloudConf, proxy.line, text, netdataConf.path, LINK_LEGS, 'proxy'));
  }
  return drafts;
}

/** Nothing of claim.conf is looked at without a token; its proxy is then nobody's. */
function proxyWithoutToken(context: LintContext): FactDraft[] {
  const { claimConf } = context.settings.files;
  const proxy = lookup(claimConf.ini, 'global', 'proxy');
  const token = lookup(claimConf.ini, 'global', 'token');
  if (!context.rules.claimsByItself || !claimIsOpen(context)) return [];
  if (proxy === null || ['', 'none', 'env'].includes(proxy.value)) return [];
  if (token !== null && token.value !== '') return [];
  const text =
    'the proxy has no effect: without a token nothing of claim.conf is used, neither for the claim nor for the link';
  return [misplaced('proxy_without_token', claimConf, proxy.line, text, claimConf.path, ALL, 'proxy')];
}
