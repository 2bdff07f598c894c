/** Scenarios whose expectation is the truth and whose verdict is not there yet. A gap that closes must leave this list. */
export const KNOWN_GAPS: Readonly<Record<string, string>> = {
  env_invalid_json: 'the claim is called at risk, although it does not depend on /env',
  env_endpoint_without_port: 'no rule names an endpoint that the Agent reads as port 0',
  socks5_local_dns_fails: 'socks5:// resolves on the host; with no answer there the legs stay unknown',
  proxy_is_tls: 'a TLS port that hangs up on CONNECT is not told from a proxy that does',
};
