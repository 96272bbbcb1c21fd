/** What the subjects of all messages about one incident name. It stays the same, so that mail programs show one thread. */
import { nameTroublePart } from '../alert/trouble.js';
import { isWildcard } from '../host/endpoint.js';
import type { Cause, IncidentPool } from './incident.js';

const OF_MANY: Partial<Record<Cause['kind'], (key: string) => string>> = {
  process: (name) => `ports of ${name}`,
  destination: (address) => `ports to ${address}`,
  'local address': (address) => `ports of ${address}`,
  namespace: (name) => (name === 'host' ? 'ports of several pools' : `ports in namespace ${name}`),
};

interface Subject {
  readonly cause: Cause;
  readonly pools: readonly Pick<IncidentPool, 'kind' | 'name' | 'localAddress'>[];
}

/** `ports to 10.0.0.2:443`, `ports of psql` for several pools of one process. */
export function nameTopic({ cause, pools }: Subject): string {
  const [first] = pools;
  if (cause.kind === 'portcast') {
    return cause.key === '' ? 'portcast cannot see the ports' : `${nameTroublePart(cause.key)} of portcast`;
  }
  if (cause.kind === 'range') return cause.key === '' ? 'no usable local port' : 'ports after the range shrank';
  if (first === undefined) return 'ports';
  return (pools.length > 1 ? OF_MANY[cause.kind]?.(cause.key) : undefined) ?? namePool(first);
}

function namePool({ kind, name, localAddress }: Subject['pools'][number]): string {
  if (kind !== 'bind') return `ports to ${name}`;
  return `ports for bind() on ${isWildcard(localAddress) ? 'any local address' : localAddress}`;
}
