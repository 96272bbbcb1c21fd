/** Makes the calls of all streams: planned arrivals, clients that open one connection after the other, and retries. */
import { createCalls } from './calls.js';
import type { Events } from './events.js';
import { STEP, STEPS, type Host } from './host.js';
import { createSource, type Source } from './sources.js';
import { FATES, type Destination, type World } from './world.js';

interface Traffic {
  /** Executes the event `-1 - what`: a planned arrival, a change in the number of clients, or a call. */
  arrive(now: number, what: number): void;
  /** Executes what happens to a row. A client whose connection ends opens the next one after its pause. */
  step(now: number, row: number, kind: number): void;
}

/** A change in the number of the clients of a stream. */
interface ClientChange {
  readonly stream: number;
  readonly atMs: number;
  readonly clients: number;
}

export function createTraffic(
  world: World,
  on: {
    readonly events: Events;
    readonly host: Host;
    readonly indexOf: (to: Destination) => number;
    readonly failed: (at: number, group: number, syscall: 'connect' | 'bind') => void;
  },
): Traffic {
  const { events, host } = on;
  const { rows } = host;
  const calls = createCalls();
  const sources = world.streams.map((stream, index) => createSource(world, stream, { index, indexOf: on.indexOf }));
  const changes = sources.flatMap(({ clientCounts }, stream): ClientChange[] =>
    clientCounts.map((count) => ({ stream, ...count })),
  );
  // Events below 0: first the streams, then the changes, then the calls.
  const firstCall = sources.length + changes.length;
  const wanted = new Int32Array(sources.length);
  const present = new Int32Array(sources.length);
  sources.forEach(({ nextAt }, index) => events.push(nextAt(), -1 - index));
  changes.forEach(({ atMs }, index) => events.push(atMs, -1 - (sources.length + index)));

  const sourceAt = (index: number): Source => {
    const source = sources[index];
    if (source === undefined) throw new Error(`stream ${index} of ${sources.length}`);
    return source;
  };
  const callAt = (at: number, call: number): void => events.push(at, -1 - (firstCall + call));
  const retry = (now: number, call: number): void => {
    const stream = calls.stream(call);
    const isClient = calls.isClient(call);
    const failed = calls.failed(call) + 1;
    const waitMs = sourceAt(stream).nextWait(failed, isClient);
    if (waitMs < Infinity) {
      calls.setFailed(call, failed);
      callAt(now + waitMs, call);
      return;
    }
    if (isClient) present[stream] = (present[stream] ?? 0) - 1;
    calls.giveBack(call);
  };
  /** @param call -1 for a planned arrival that has not failed yet */
  const open = (now: number, of: { stream: number; group: number; call: number }): void => {
    const { stream, group, call } = of;
    const source = sourceAt(stream);
    const syn = source.nextSyn();
    const row = host.open(now, group, {
      stream,
      fate: source.nextFate(),
      isAnswered: syn.isAnswered && syn.afterMs === 0,
    });
    if (row === -1) {
      on.failed(now, group, (source.stream.binds ?? false) === false ? 'connect' : 'bind');
      if (call !== -1) retry(now, call);
      else if (source.stream.retry !== undefined) retry(now, calls.add({ stream, group, isClient: false }));
      return;
    }
    if (call !== -1) {
      calls.setFailed(call, 0);
      if (calls.isClient(call)) rows.client[row] = call;
      else calls.giveBack(call);
    }
    if (syn.afterMs > 0) {
      events.push(now + syn.afterMs, row * STEPS + (syn.isAnswered ? STEP.SYN_ANSWER : STEP.SYN_TIMEOUT));
      return;
    }
    hold(now, row);
  };
  /** From now on the connection is established. */
  const hold = (now: number, row: number): void => {
    const endsAt = sourceAt(rows.stream[row] ?? 0).endOf(now, FATES[rows.fate[row] ?? 0] ?? 'kept');
    // A client would open its next connection at once, so its end is an event even where nothing lies between.
    if (endsAt <= now && rows.client[row] === -1) host.step(now, row, STEP.END);
    else events.push(Math.max(now, endsAt), row * STEPS + STEP.END);
  };
  const change = (now: number, { stream, clients }: ClientChange): void => {
    wanted[stream] = clients;
    const more = Math.max(0, clients - (present[stream] ?? 0));
    present[stream] = (present[stream] ?? 0) + more;
    for (const at of sourceAt(stream).startsOf(more, now)) {
      callAt(at, calls.add({ stream, group: -1, isClient: true }));
    }
  };
  const make = (now: number, call: number): void => {
    const stream = calls.stream(call);
    if (calls.isClient(call) && (present[stream] ?? 0) > (wanted[stream] ?? 0)) {
      present[stream] = (present[stream] ?? 0) - 1;
      calls.giveBack(call);
      return;
    }
    if (calls.isClient(call) && calls.failed(call) === 0) calls.setGroup(call, sourceAt(stream).nextGroup());
    open(now, { stream, group: calls.group(call), call });
  };
  return {
    arrive(now, what) {
      const planned = sources[what];
      if (planned === undefined) {
        const changed = changes[what - sources.length];
        if (changed === undefined) make(now, what - firstCall);
        else change(now, changed);
        return;
      }
      events.push(planned.nextAt(), -1 - what);
      open(now, { stream: what, group: planned.nextGroup(), call: -1 });
    },
    step(now, row, kind) {
      const client = kind === STEP.END || kind === STEP.SYN_TIMEOUT ? (rows.client[row] ?? -1) : -1;
      host.step(now, row, kind);
      if (kind === STEP.SYN_ANSWER) hold(now, row);
      if (client !== -1) callAt(now + sourceAt(calls.stream(client)).nextPause(), client);
    },
  };
}
