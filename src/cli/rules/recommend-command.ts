/** `rules recommend`: which targets fit this host, why, and the command for each. */
import { lookAround, type HostFacts } from '../../firewall/live/surroundings.js';
import { advise, type Advice } from '../../firewall/recommend.js';
import { processIo, safe, type Io } from './output.js';

function adviceText({ targets, notes }: Advice): string {
  const block = (where: 'here' | 'outside', title: string): string[] => {
    const rows = targets.filter((row) => row.where === where);
    if (rows.length === 0) return [];
    return [title, ...rows.flatMap(({ target, why, command }) => [`  ${target}: ${safe(why)}`, `    ${command}`]), ''];
  };
  return [
    ...block('here', 'For this host:'),
    ...block('outside', 'For what stands around it (each command writes files: load them where it is managed):'),
    ...notes.map((note) => safe(note)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

/** Always exit 0: it is advice. */
export async function recommendCommand(
  flags: { readonly json?: boolean },
  io: Io = processIo,
  facts: () => Promise<HostFacts> = lookAround,
): Promise<void> {
  const advice = advise(await facts());
  io.out(
    flags.json === true
      ? `${JSON.stringify({ schema: 'netdata-egress/rule-advice', version: 1, ...advice }, null, 2)}\n`
      : adviceText(advice),
  );
}
