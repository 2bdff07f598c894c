/** For zsh with compinit: as a file _netdata-egress in $fpath, or sourced. */
import { brief, steps, takesFiles, valued } from './script.js';
import { every, type CommandNode, type Value } from './tree.js';

/** `name:text`, as _describe takes it. */
const described = (name: string, text: string): string => `'${name.replaceAll(':', '\\:')}:${brief(text)}'`;

function action(value: Value): string {
  if (value.kind === 'words') return `compadd -- ${value.words.map((word) => `'${word}'`).join(' ')}`;
  return { file: '_files', directory: '_files -/', user: '_users', any: '_message value' }[value.kind];
}

export function zshScript(root: CommandNode): string {
  const nodes = [...every(root)];
  const values = nodes.flatMap((node) =>
    valued(node).map(({ names, value }) => {
      const patterns = names.map((name) => `'${node.path.join(' ')}:${name}'`).join(' | ');
      return `    ${patterns}) ${action(value)}; return ;;`;
    }),
  );
  const skips = nodes.flatMap((node) =>
    valued(node).flatMap(({ names }) => names.map((name) => `'${node.path.join(' ')}:${name}'`)),
  );
  const places = nodes.map((node) => {
    const options = node.options.flatMap(({ names, description }) => names.map((name) => described(name, description)));
    const verbs = node.children.map(({ path, description }) => described(path.at(-1) ?? '', description));
    const words = node.values.flatMap((value) => (value.kind === 'words' ? value.words : []));
    return [
      `    '${node.path.join(' ')}')`,
      `      if [[ $cur == -* ]]; then entries=(${options.join(' ')}); _describe option entries; return; fi`,
      ...(verbs.length > 0 ? [`      entries=(${verbs.join(' ')}); _describe command entries`] : []),
      ...(words.length > 0 ? [`      compadd -- ${words.map((word) => `'${word}'`).join(' ')}`] : []),
      ...(takesFiles(node) ? ['      _files'] : []),
      '      ;;',
    ].join('\n');
  });
  return `#compdef netdata-egress
# zsh completion of netdata-egress; made by: netdata-egress completion zsh
_netdata-egress() {
  local cur=\${words[CURRENT]} prev='' path_='' word='' skip=''
  local -a entries
  for word in \${words[2,CURRENT-1]}; do
    prev=$word
    if [[ -n $skip ]]; then skip=''; prev=''; continue; fi
    case "$path_:$word" in
${steps(root)
  .map(([step, path]) => `      '${step}') path_='${path}' ;;`)
  .join('\n')}
      ${skips.join(' | ')}) skip=1 ;;
    esac
  done
  # --format=json is one word here.
  if [[ $cur == --*=* ]]; then prev=\${cur%%=*}; compset -P '*='; fi
  case "$path_:$prev" in
${values.join('\n')}
  esac
  case "$path_" in
${places.join('\n')}
  esac
}
if [[ $funcstack[1] == _netdata-egress ]]; then _netdata-egress "$@"; else compdef _netdata-egress netdata-egress; fi
`;
}
