/** The silences, and the states of silences and tokens that are not written yet, in memory. */
import type { ActionToken } from '../../incident/action.js';
import type { Silence } from '../../incident/silences.js';
import type { SilenceStates } from './silence-rows.js';

/** Far more than may be in force. Beyond this those that ended first are forgotten. */
const MAX_KNOWN = 2000;
/** Beyond this the oldest tokens that cannot be written are forgotten: their links are then unknown. */
const MAX_TOKENS = 5000;

export interface SilenceMemory extends SilenceStates {
  /** By id, whether written or not. */
  readonly known: ReadonlyMap<string, Silence>;
  changeSilence(silence: Silence): void;
  changeToken(token: ActionToken): void;
  countUnwritten(): number;
  /** To be called after everything was written. */
  setWritten(): void;
  /** Every silence is to be written again, to another database. */
  setUnwritten(): void;
  /** To be called when nothing could be written. */
  dropSurplus(): void;
}

export function createSilenceMemory(stored: readonly Silence[]): SilenceMemory {
  const known = new Map(stored.map((silence) => [silence.id, silence]));
  const silences = new Map<string, Silence>();
  const tokens = new Map<string, ActionToken>();
  return {
    known,
    silences,
    tokens,
    changeSilence(silence) {
      known.set(silence.id, silence);
      silences.set(silence.id, silence);
      if (known.size <= MAX_KNOWN) return;
      const [first] = [...known.values()].sort((a, b) => a.endAtMs - b.endAtMs);
      known.delete(first?.id ?? '');
    },
    changeToken: (token) => void tokens.set(token.hash, token),
    countUnwritten: () => silences.size + tokens.size,
    setWritten() {
      silences.clear();
      tokens.clear();
    },
    setUnwritten() {
      for (const silence of known.values()) silences.set(silence.id, silence);
    },
    dropSurplus() {
      for (const id of silences.keys()) if (!known.has(id)) silences.delete(id);
      const surplus = [...tokens.keys()].slice(0, Math.max(0, tokens.size - MAX_TOKENS));
      for (const hash of surplus) tokens.delete(hash);
    },
  };
}
