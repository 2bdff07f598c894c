/** The closed vocabulary of what a running Agent gives as the reason of its cloud status. */

/** What a reason says. Stable words: they stand in reports. */
export type ReasonKind =
  // Before the Agent is claimed (status `available`).
  | 'not_claimed'
  | 'claim_token_refused'
  | 'claim_already_claimed'
  | 'claim_room_invalid'
  | 'claim_node_id_invalid'
  | 'claim_node_name_invalid'
  | 'claim_key_invalid'
  | 'claim_refused_otherwise'
  | 'claim_in_progress'
  | 'claim_cloud_error'
  | 'claim_unexpected_status'
  | 'claim_answer_too_long'
  | 'claim_not_saved'
  | 'claim_key_not_made'
  | 'claim_not_prepared'
  | 'claim_proxy_unresolvable'
  | 'claim_unresolvable'
  | 'claim_not_connected'
  | 'claim_timeout'
  | 'claim_tls_failed'
  | 'claim_untrusted'
  | 'claim_no_ca_file'
  | 'claim_no_answer'
  | 'claim_connection_lost'
  | 'claim_proxy_failed'
  | 'claim_answer_unreadable'
  | 'claim_url_invalid'
  | 'claim_failed_otherwise'
  // Of the link, before anything was tried or where nothing may be.
  | 'connected'
  | 'never_tried'
  | 'disabled'
  | 'banned'
  | 'waiting'
  | 'no_cloud_url'
  | 'cloud_url_invalid'
  // The steps towards the link.
  | 'unresolvable'
  | 'refused'
  | 'timeout'
  | 'no_socket'
  | 'no_destination'
  | 'poll_failed'
  | 'stopped'
  | 'tls_failed'
  | 'untrusted'
  | 'tls_not_prepared'
  | 'out_of_memory'
  | 'proxy_refused'
  | 'write_failed'
  | 'read_failed'
  | 'no_answer'
  | 'answer_unreadable'
  | 'request_unknown'
  | 'env_unreachable'
  | 'env_not_200'
  | 'env_empty'
  | 'env_not_json'
  | 'env_failed'
  | 'link_not_claimed'
  | 'old_protocol'
  | 'no_capability'
  | 'auth_url_invalid'
  | 'no_transport'
  | 'transport_url_invalid'
  | 'challenge_not_200'
  | 'challenge_invalid'
  | 'password_not_201'
  | 'password_empty'
  | 'password_not_json'
  | 'login_failed'
  | 'key_mismatch'
  | 'no_topic'
  // A link that was there, or nearly.
  | 'cut_remote_request'
  | 'cut_ping_timeout'
  | 'cut_reload'
  | 'cut_poll'
  | 'cut_no_progress'
  | 'cut_no_connack'
  | 'cut_closed'
  | 'cut_socket'
  | 'cut_mqtt'
  | 'cut_websocket'
  | 'cut_too_big'
  | 'unknown_error';

/**
 * What becomes of an Agent that gives such a reason, and so what can be advised.
 *
 * `refused`: the cloud has answered the claim, and the answer is no · `claim`: the claim did not get an answer ·
 * `way`: the network, a proxy or what answers in the cloud's place · `cloud`: the service itself · `key`: the private
 * key is not the claimed one · `cut`: a link that had been there was lost · `settings`: the Agent's own files ·
 * `host`: this machine · `frame`: not a failure.
 */
export type ReasonGroup = 'refused' | 'claim' | 'way' | 'cloud' | 'key' | 'cut' | 'settings' | 'host' | 'frame';

/** Which step the reason speaks of; `https` = any of env and auth; null = none. */
export type ReasonStep = 'claim' | 'env' | 'auth' | 'https' | 'link' | null;
