/** Alert templates for Netdata's health.d, bound to the charts of plugins-d.ts. */

/** How a chart's label is named in the text of an alert: `$label:x` until 1.37, `${label:x}` since. */
function label(name: string, agentVersion: string): string {
  const [major = 0, minor = 0] = agentVersion.split('.').map(Number);
  return major < 1 || (major === 1 && minor < 38) ? `$label:${name}` : `\${label:${name}}`;
}

export function healthTemplates(agentVersion: string, everySeconds: number): string {
  const cause = label('cause', agentVersion);
  const stale = Math.max(900, everySeconds * 4);
  const template = (name: string, rows: readonly (readonly [string, string])[]): string =>
    [['template', `netdata_egress_${name}`] as const, ...rows, ['to', 'sysadmin'] as const]
      .map(([key, value]) => `${key.padStart(9)}: ${value}\n`)
      .join('');
  const way = (what: 'claim' | 'link', says: string): string =>
    template(what, [
      ['on', 'netdata_egress.verdict'],
      ['class', 'Errors'],
      ['type', 'Netdata'],
      ['component', 'Cloud'],
      ['calc', `$${what}`],
      ['units', 'state'],
      ['every', '10s'],
      ['warn', '$this == 1'],
      ['crit', '$this == 2'],
      // Raised at once: the doctor has looked twice. Taken back late: a way that comes and goes is one alert.
      ['delay', 'down 5m multiplier 1.5 max 1h'],
      ['info', `${says} Run netdata-egress doctor; the cause is ${cause}`],
    ]);
  return [
    way('link', 'The Agent cannot hold its link to Netdata Cloud from here, or might lose it.'),
    way('claim', 'This node cannot be claimed to Netdata Cloud from here, or claiming is at risk.'),
    template('undecided', [
      ['on', 'netdata_egress.verdict'],
      ['class', 'Errors'],
      ['type', 'Netdata'],
      ['component', 'Cloud'],
      ['lookup', 'min -30m unaligned of link'],
      ['units', 'state'],
      ['every', '1m'],
      ['warn', '$this == 3'],
      ['delay', 'down 5m'],
      [
        'info',
        'For half an hour it could not be told whether the link to Netdata Cloud works. Run netdata-egress doctor',
      ],
    ]),
    template('certificate', [
      ['on', 'netdata_egress.certificate_expiry'],
      ['class', 'Latency'],
      ['type', 'Netdata'],
      ['component', 'Cloud'],
      ['calc', '$soonest'],
      ['units', 'days'],
      ['every', '1m'],
      ['warn', '$this < (($status >= $WARNING) ? (21) : (14))'],
      ['crit', '$this < (($status == $CRITICAL) ? (5) : (3))'],
      ['delay', 'down 15m'],
      ['info', 'A certificate on the way to Netdata Cloud ends soon. Run netdata-egress watch history'],
    ]),
    template('warnings', [
      ['on', 'netdata_egress.warnings'],
      ['class', 'Errors'],
      ['type', 'Netdata'],
      ['component', 'Cloud'],
      ['calc', '$warnings'],
      ['units', 'warnings'],
      ['every', '1m'],
      ['warn', '$this > 0'],
      ['delay', 'up 10m down 30m'],
      ['info', 'Something on the way to Netdata Cloud works no longer as it should. Run netdata-egress watch history'],
    ]),
    template('stalled', [
      ['on', 'netdata_egress.age'],
      ['class', 'Errors'],
      ['type', 'Netdata'],
      ['component', 'Cloud'],
      ['calc', '$age'],
      ['units', 'seconds'],
      ['every', '1m'],
      ['warn', `$this > (($status >= $WARNING) ? (${String(Math.round(stale / 2))}) : (${String(stale)}))`],
      ['delay', 'down 5m'],
      [
        'info',
        'The way to Netdata Cloud is no longer watched, or the service asked for patience. Run netdata-egress watch history',
      ],
    ]),
  ].join('\n');
}
