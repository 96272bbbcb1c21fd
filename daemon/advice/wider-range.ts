/** A wider range of local ports, without the ports of services: which listeners it would contain, and what to reserve. */
import { LAST_PORT, PORT_COUNT } from '../host/kernel-constants.js';
import type { HostLimits, PortRange } from '../host/limits.js';
import { formatCount } from '../units.js';
import { buildRemedy, UNSTATED, type PortEffect } from './build-remedy.js';
import { changeSettings, showSetting, type Setting } from './commands.js';
import { WIDEST_RANGE, type Effect, type Remedy } from './effect.js';

const RANGE_KEY = 'net.ipv4.ip_local_port_range';
const RESERVED_KEY = 'net.ipv4.ip_local_reserved_ports';
/** The spans that a command reserves at most. Beyond that, spans that lie close together are reserved as one. */
const MAX_SPANS = 24;
/** The listeners that a text names. */
const NAMED_LISTENERS = 8;

/** What the widest range would add. */
interface WiderRange {
  readonly range: PortRange;
  /** Ports more than now that no service listens on and that are not reserved. */
  readonly added: number;
  /** The listening ports that would lie in the range and do not now; null where the listeners are not known. */
  readonly listeners: readonly number[] | null;
  /** What must be reserved then: what is reserved now, and the listeners. */
  readonly reserve: readonly PortRange[];
}

/** Null where the range is the widest already. */
export function findWiderRange(limits: HostLimits, listeningPorts: ArrayLike<number> | null): WiderRange | null {
  const { range, reservedPorts } = limits;
  const wider: PortRange = {
    first: Math.min(range.first, WIDEST_RANGE[0]),
    last: Math.max(range.last, WIDEST_RANGE[1]),
  };
  const listeners = listeningPorts === null ? null : findNewListeners(listeningPorts, range, wider);
  const added = (listeners ?? []).map((port) => ({ first: port, last: port }));
  const reserve = joinSpans([...reservedPorts, ...added]);
  const gained = countUsable(wider, reserve) - countUsable(range, reservedPorts);
  return gained <= 0 ? null : { range: wider, added: gained, listeners, reserve };
}

/**
 * @param computeWith the effect of so many more ports.
 * @param delays why more ports only delay the exhaustion; absent where the effect decides.
 */
export function suggestWiderRange(
  limits: HostLimits,
  { listeners, namespace, present = null, delays, computeWith }: WiderRangeOptions,
): Remedy[] {
  const wider = findWiderRange(limits, listeners);
  if (wider === null) return [];
  const { range } = limits;
  const commands = changeSettings(listSettings(limits, wider), namespace, 'range');
  const title = `Widen the range from ${range.first}-${range.last} to ${wider.range.first}-${wider.range.last}`;
  const later = delays === undefined ? '' : ' This only delays the exhaustion.';
  return [
    buildRemedy(
      'wider_range',
      {
        title,
        detail: `${commands.commands.join(' && ')}: adds ${formatCount(wider.added)} ports at once. ${describeListeners(wider)}${later}`,
        ...commands,
        effect: computeWith(wider.added),
        ...(delays === undefined ? {} : { delays }),
        verify: {
          text: `The forecast of the pool has ${formatCount(wider.added)} ports more.`,
          command: showSetting(RANGE_KEY, namespace),
          expected: `${RANGE_KEY} = ${wider.range.first} ${wider.range.last}`,
        },
      },
      present,
    ),
  ];
}

interface WiderRangeOptions {
  readonly listeners: ArrayLike<number> | null;
  readonly namespace: string;
  readonly present?: Effect | null;
  readonly delays?: string;
  readonly computeWith: (added: number) => PortEffect;
}

/** Says that the range cannot be widened. */
export function explainWidest({ range }: HostLimits): Remedy {
  return buildRemedy('wider_range', {
    detail: `The range is ${range.first}-${range.last}.`,
    effect: UNSTATED,
    useless: `the range ${range.first}-${range.last} leaves no port to add`,
    verify: { text: 'Nothing to verify.' },
  });
}

function listSettings(
  { range, reservedPorts }: HostLimits,
  { range: wider, reserve, listeners }: WiderRange,
): Setting[] {
  const widen = { key: RANGE_KEY, value: `${wider.first} ${wider.last}`, now: `${range.first} ${range.last}` };
  const [value, now] = [formatSpans(reserve), formatSpans(reservedPorts)];
  // Reserved first, so that no connection takes the port of a service in between.
  return listeners === null || value === now ? [widen] : [{ key: RESERVED_KEY, value, now }, widen];
}

function describeListeners({ listeners, reserve }: WiderRange): string {
  if (listeners === null) return 'Reserve the ports that services listen on (net.ipv4.ip_local_reserved_ports).';
  if (listeners.length === 0) return 'No service listens on a port of the added ones now.';
  const named = listeners.slice(0, NAMED_LISTENERS).join(', ');
  const more = listeners.length - NAMED_LISTENERS;
  const services = more > 0 ? `${named} and ${formatCount(more)} more` : named;
  const joined = reserve.length === MAX_SPANS ? ', and ports between them, to keep the list short' : '';
  return `The services that listen on ${services} would then lie in the range: the command reserves them${joined}.`;
}

function findNewListeners(listening: ArrayLike<number>, now: PortRange, wider: PortRange): number[] {
  const isIn = (port: number, { first, last }: PortRange): boolean => port >= first && port <= last;
  return [...new Set(Array.from(listening))]
    .filter((port) => isIn(port, wider) && !isIn(port, now))
    .sort((a, b) => a - b);
}

/** The spans in ascending order, those that touch as one; the closest ones are joined until there are few enough. */
function joinSpans(spans: readonly PortRange[]): PortRange[] {
  const joined: { first: number; last: number }[] = [];
  for (const { first, last } of [...spans].sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else joined.push({ first, last });
  }
  while (joined.length > MAX_SPANS) {
    let closest = 1;
    for (let index = 2; index < joined.length; index++) {
      if (findGap(joined, index) < findGap(joined, closest)) closest = index;
    }
    const [removed] = joined.splice(closest, 1);
    const before = joined[closest - 1];
    if (removed !== undefined && before !== undefined) before.last = removed.last;
  }
  return joined;
}

function findGap(spans: readonly PortRange[], index: number): number {
  return (spans[index]?.first ?? 0) - (spans[index - 1]?.last ?? 0);
}

function countUsable({ first, last }: PortRange, reserved: readonly PortRange[]): number {
  const blocked = new Uint8Array(PORT_COUNT);
  for (const span of reserved) blocked.fill(1, Math.max(0, span.first), Math.min(PORT_COUNT, span.last + 1));
  let usable = 0;
  for (let port = Math.max(1, first); port <= Math.min(LAST_PORT, last); port++) usable += 1 - (blocked[port] ?? 0);
  return usable;
}

/** As `net.ipv4.ip_local_reserved_ports` has them: `8080,9000-9010`. */
export function formatSpans(spans: readonly PortRange[]): string {
  return spans.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
