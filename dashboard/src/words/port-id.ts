/** The direction, the address and the port in the id of a port series, for a series that is not in the latest sample. */
import type { WirePort } from '../../../daemon/wire/port.js';

/** Null where it is no id of a port series. The parts of an id are joined by `_`, and a colon of IPv6 is written as `-`. */
export function readPortId(id: string): Pick<WirePort, 'direction' | 'address' | 'port'> | null {
  const match = /^(?:(in)_[^_]+|out_[^_]+_([^_]+))_(\d{1,5})$/.exec(id);
  if (match === null) return null;
  const [, inbound, address = '', port = ''] = match;
  if (inbound !== undefined) return { direction: 'in', address: null, port: Number(port) };
  return { direction: 'out', address: address.replaceAll('-', ':'), port: Number(port) };
}
