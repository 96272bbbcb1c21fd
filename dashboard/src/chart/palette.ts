/** The colours of charts. They are custom properties of the style sheet, read at drawing, so that a theme needs no new chart. */
export type Ink =
  | 'used'
  | 'used-fill'
  | 'live'
  | 'live-fill'
  | 'forecast'
  | 'forecast-fill'
  | 'limit'
  | 'grid'
  | 'axis'
  | 'surface'
  | `state-${StateInk}`;

const STATE_INKS = [
  'established',
  'time_wait',
  'close_wait',
  'fin_wait1',
  'fin_wait2',
  'syn',
  'listen',
  'other',
] as const;
type StateInk = (typeof STATE_INKS)[number];

export function readInkColor(ink: Ink): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--ink-${ink}`).trim();
}

/** Rare states share a colour. The name is always written beside it. */
export function chooseStateInk(state: string): StateInk {
  if (state.startsWith('syn') || state === 'new_syn_recv') return 'syn';
  return STATE_INKS.find((name) => name === state) ?? 'other';
}
