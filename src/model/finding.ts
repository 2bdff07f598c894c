import type { Described } from './schema/build.js';
import type { found, notChecked, remedy, subject } from './schema/judgement.js';
import type { FindingId } from './finding-id.js';

export type { FindingId };

/** `blocks`: a leg will fail. `risks`: works now or sometimes. `notes`: good to know. */
export type Severity = 'blocks' | 'risks' | 'notes';
/** `certain`: no other explanation fits the evidence. */
export type Confidence = 'certain' | 'likely' | 'possible';
export type Blame = 'host' | 'network' | 'proxy' | 'dns' | 'cloud' | 'agent_config';

/** What a finding is about; one id serves all hosts. */
export type Subject = Described<typeof subject>;

export type Remedy = Described<typeof remedy>;

export type FoundFinding = Described<typeof found>;

export type NotCheckedFinding = Described<typeof notChecked>;

export type Finding = FoundFinding | NotCheckedFinding;
