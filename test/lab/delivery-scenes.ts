/** What the test of the delivery and its program in the namespace of the client share. */
export const DELIVERY_SCENES = [
  'another destination',
  'the servers themselves',
  'live connections',
  'bound ports',
  'reserved ports',
] as const;
/** `no resolver` uses up no port, and has an address that an earlier run has stored. */
export type DeliveryScene = (typeof DELIVERY_SCENES)[number] | 'no resolver';

export interface DeliveryReport {
  /** The error of a plain connect before and after the messages. */
  readonly before: string | null;
  readonly after: string | null;
  /** From the commit to the acceptance by the server, in ms: each mail in a session of its own, and in one opened ahead. */
  readonly cold: readonly number[];
  readonly warm: readonly number[];
  /** Of HTTP requests, each in a connection of its own. */
  readonly http: readonly number[];
  readonly why: string;
}
