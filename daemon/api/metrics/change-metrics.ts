/** The metric of observed changes. */
import type { ChangesData } from '../data.js';
import type { MetricFamily } from './metric-family.js';

export function listChangeFamilies(counts: ReturnType<ChangesData['changeCounts']>): MetricFamily[] {
  return [
    {
      name: 'portcast_changes_total',
      help: 'Changes seen since the start: kind "setting" is a changed limit of the host, "behaviour" a lasting change of a pool.',
      type: 'counter',
      points: Object.entries(counts).map(([kind, value]) => ({ labels: { kind }, value })),
    },
  ];
}
