/**
 * The address plan of the lab. The public-looking addresses exist only inside the lab's own
 * namespaces; nothing in them has a route to the outside (see assertIsolated).
 */
export const HOST4 = '10.77.0.2';
export const HOST6 = '2001:db8:77::2';
export const GATEWAY4 = '10.77.0.1';
export const GATEWAY6 = '2001:db8:77::1';
/** Resolver addresses, on the same link as the host, so that they answer without a default route. */
export const RESOLVER4 = '10.77.0.53';
export const RESOLVER4B = '10.77.0.54';
export const RESOLVER6 = '2001:db8:77::53';
export const PROXY4 = '10.88.0.10';
export const PROXY6 = '2001:db8:88::10';

/** The published addresses of the three names, and a spare address of the same look that no list knows. */
export const APP4 = '54.198.178.11';
export const API4 = '44.207.131.212';
export const MQTT4 = '44.196.50.41';
export const NEW4 = ['34.230.14.77', '34.230.14.78', '34.230.14.79', '34.230.14.80', '34.230.14.81', '34.230.14.82'];
export const APP6 = '2600:1f18:4a3:6900::11';
export const API6 = '2600:1f18:4a3:6900::12';
export const MQTT6 = '2600:1f18:4a3:6900::13';
/** Addresses inside the company: where split horizon or a forced portal points to. */
export const PRIVATE4 = '10.99.0.10';
export const PORTAL4 = '10.99.0.20';
/** Routed to the cloud side, where nobody has it: packets to it are dropped without a word. */
export const DARK4 = '198.51.100.99';

/** The same three as a TUN proxy presents them: addresses of its own making, out of the benchmarking range (RFC 2544). */
export const FAKE4 = ['198.18.0.11', '198.18.0.12', '198.18.0.13'];

export const CLOUD4 = [APP4, API4, MQTT4, ...NEW4, PRIVATE4, PORTAL4, ...FAKE4];
/** The three addresses as NAT64 presents them (RFC 6052): the translator is taken for granted. */
export const NAT64 = ['64:ff9b::36c6:b20b', '64:ff9b::2ccf:83d4', '64:ff9b::2cc4:3229'];
export const CLOUD6 = [APP6, API6, MQTT6, ...NAT64];

export const APP = 'app.netdata.cloud';
export const API = 'api.netdata.cloud';
export const MQTT = 'mqtt.netdata.cloud';
export const NAMES = [APP, API, MQTT] as const;
export const PROXY_NAME = 'proxy.corp.example';
