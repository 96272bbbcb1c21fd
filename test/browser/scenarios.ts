/** The states of a host that the canned server can show. */
export const SCENARIOS = [
  'idle',
  'steady',
  'exhausting',
  'exhausted',
  'draining',
  'leak',
  'bursty',
  'climbing',
  'degraded',
  'blind',
  'many',
  'crowd',
  'own',
  'alerts',
  'hostile',
] as const;
export type Scenario = (typeof SCENARIOS)[number];
