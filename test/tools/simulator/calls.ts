/**
 * The calls of connect() and bind(0) that are to come beside the planned arrivals: of clients, and of failed calls that
 * are repeated. Each has a number from 0 on; a number that is given back is used again.
 */

interface Calls {
  /** @param group the destination, or -1 where it is drawn when the call is made */
  add(call: { readonly stream: number; readonly group: number; readonly isClient: boolean }): number;
  giveBack(call: number): void;
  stream(call: number): number;
  group(call: number): number;
  isClient(call: number): boolean;
  /** How often the call has failed since it last succeeded. */
  failed(call: number): number;
  setFailed(call: number, failed: number): void;
  setGroup(call: number, group: number): void;
}

export function createCalls(): Calls {
  const streams: number[] = [];
  const groups: number[] = [];
  const clients: boolean[] = [];
  const failures: number[] = [];
  const free: number[] = [];
  return {
    add({ stream, group, isClient }) {
      const call = free.pop() ?? streams.length;
      streams[call] = stream;
      groups[call] = group;
      clients[call] = isClient;
      failures[call] = 0;
      return call;
    },
    giveBack: (call) => free.push(call),
    stream: (call) => streams[call] ?? 0,
    group: (call) => groups[call] ?? -1,
    isClient: (call) => clients[call] === true,
    failed: (call) => failures[call] ?? 0,
    setFailed: (call, failed) => (failures[call] = failed),
    setGroup: (call, group) => (groups[call] = group),
  };
}
