/** The metrics of the port series: `portcast_port_*`. */
import type { WirePort, WireUnlistedPorts } from '../../wire/port.js';
import {
  createGauge,
  createLabelledGauge,
  MAX_LABELLED,
  type MetricFamily,
  type MetricPoint,
} from './metric-family.js';

type Summed = Pick<WirePort, 'direction' | 'states'>;

const DIRECTIONS = ['in', 'out'] as const;

/**
 * Sockets by port series and state. The fifty largest series have labels of their own; the others are summed by
 * direction and state under `port="other"`.
 */
export function listPortFamilies(ports: readonly WirePort[], unlisted: WireUnlistedPorts | null): MetricFamily[] {
  const bySize = [...ports].sort((a, b) => b.total - a.total || (a.id < b.id ? -1 : 1));
  const labelled = bySize.slice(0, MAX_LABELLED).flatMap((port) => statePoints(portLabels(port), port.states));
  const rest: Summed[] = bySize.slice(MAX_LABELLED);
  if (unlisted !== null) rest.push({ direction: 'out', states: unlisted.states });
  const summed = DIRECTIONS.flatMap((direction) => {
    const labels = { namespace: '', direction, address: '', port: 'other' };
    return statePoints(labels, sumStates(rest.filter((port) => port.direction === direction)));
  });
  const help = 'Sockets of one service port seen from this host, by state; a state without sockets is absent.';
  return [
    createGauge('portcast_port_series', 'Port series in the latest sample.', ports.length + (unlisted?.count ?? 0)),
    createLabelledGauge('portcast_port_sockets', help, [...labelled, ...summed]),
  ];
}

function portLabels({ namespace, direction, address, port }: WirePort): Record<string, string> {
  return { namespace, direction, address: address ?? '', port: String(port) };
}

function statePoints(labels: Record<string, string>, states: Record<string, number>): MetricPoint[] {
  return Object.entries(states).map(([state, value]) => ({ labels: { ...labels, state }, value }));
}

function sumStates(ports: readonly Summed[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const port of ports) {
    for (const [state, count] of Object.entries(port.states)) sums[state] = (sums[state] ?? 0) + count;
  }
  return sums;
}
