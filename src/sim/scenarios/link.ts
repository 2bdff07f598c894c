/** The upgrade and what comes behind it (docs/reference/agent.md#websocket, #mqtt). */
import { faulty, linkFails, linkWaits, type Scenario } from './scenario.js';

const CANNOT_PARSE = linkFails('ws.agent_cannot_parse');

export const LINK_SCENARIOS: readonly Scenario[] = [
  faulty('ws_200', 'The upgrade is answered 200', ['ws_200'], linkFails('ws.upgrade_stripped')),
  faulty('ws_426', 'The upgrade is answered 426', ['ws_426'], linkFails('ws.upgrade_stripped')),
  faulty('ws_400', 'The upgrade is answered 400', ['ws_status=400'], linkFails('ws.upgrade_stripped')),
  faulty('ws_403', 'The upgrade is answered 403', ['ws_status=403'], linkFails('ws.rejected')),
  faulty('ws_blocked_page', 'The upgrade is answered with a block page', ['ws_blocked_page'], linkFails('ws.rejected')),
  faulty('ws_empty_header', '101 with an empty header value', ['ws_empty_header_value'], CANNOT_PARSE),
  faulty('ws_no_space', '101 with a header without a space', ['ws_no_space_after_colon'], CANNOT_PARSE),
  faulty('ws_long_line', '101 with a line of 4096 bytes', ['ws_long_line'], CANNOT_PARSE),
  faulty('ws_http_1_0', '101 with HTTP/1.0', ['ws_http_1_0'], CANNOT_PARSE),
  faulty('ws_interim', '103 before the 101', ['ws_interim'], CANNOT_PARSE),
  faulty('ws_accept_space', '101 with a space behind the accept value', ['ws_accept_trailing_space'], CANNOT_PARSE),
  faulty('ws_wrong_accept', '101 with the accept value of another key', ['ws_wrong_accept'], CANNOT_PARSE),
  faulty('ws_no_accept', '101 without an accept value', ['ws_no_accept'], CANNOT_PARSE),
  faulty('ws_continuation', 'Frames cut up on the way', ['ws_continuation'], CANNOT_PARSE),
  faulty('ws_compressed', 'Compressed frames', ['ws_compressed'], CANNOT_PARSE),
  faulty('ws_dropped', 'FIN behind the 101', ['ws_dropped'], linkFails('ws.dropped')),
  faulty('ws_reset', 'RST behind the 101', ['ws_reset'], linkFails('ws.dropped')),
  faulty('ws_dropped_at_connect', 'FIN at the first MQTT bytes', ['ws_dropped_at_connect'], linkFails('ws.dropped')),
  faulty('no_connack', 'CONNECT is never answered', ['no_connack'], linkWaits('mqtt.no_connack')),
  faulty('connack_136', 'The broker is unavailable', ['connack=136'], linkFails('mqtt.refused')),
];
