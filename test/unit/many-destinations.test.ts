/** A host with ever new destinations: what the daemon keeps does not grow with them, and the worst pools stay listed. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_LISTED_POOLS } from '../../daemon/pool/pool-choice.js';
import { STATE } from '../../daemon/snapshot/snapshot.js';
import { MAX_LISTED_SERIES } from '../../daemon/snapshot/port-series.js';
import { createCycleScene } from '../builders/cycle-scene.js';
import { openTestStore } from '../builders/stores.js';
import type { FakeRow } from '../fakes.js';

const FIRST_REMOTE = 0x0b00_0000;
/** The ids of series that the store keeps in memory: the largest of all tables. */
const LARGEST_TABLE = 20_000;

/** One TIME_WAIT row towards each of `count` destinations. */
function oneOff(first: number, count: number): FakeRow[] {
  return Array.from({ length: count }, (_, index) => ({
    localPort: 20_000 + 2 * (index % 500),
    remote: FIRST_REMOTE + first + index,
    state: STATE.TIME_WAIT,
    expiresMs: 30_000,
  }));
}

/** Rows of 10.0.0.2. */
function held(count: number): FakeRow[] {
  return Array.from({ length: count }, (_, index) => ({
    localPort: 20_000 + index,
    state: STATE.TIME_WAIT,
    expiresMs: 60_000 - 50 * index,
  }));
}

/** Notes every map and every set that is made, without keeping it alive. */
function watchCollections() {
  const made: WeakRef<Map<unknown, unknown> | Set<unknown>>[] = [];
  const [PlainMap, PlainSet] = [globalThis.Map, globalThis.Set];
  globalThis.Map = class<K, V> extends PlainMap<K, V> {
    constructor(entries?: Iterable<readonly [K, V]> | null) {
      super(entries);
      made.push(new WeakRef(this));
    }
  };
  globalThis.Set = class<T> extends PlainSet<T> {
    constructor(values?: Iterable<T> | null) {
      super(values);
      made.push(new WeakRef(this));
    }
  };
  return {
    /** The sizes of those that are still in use, the largest first. */
    listSizes(): number[] {
      setFlagsFromString('--expose-gc');
      (runInNewContext('gc') as () => void)();
      return made.flatMap((each) => each.deref()?.size ?? []).sort((a, b) => b - a);
    },
    stop() {
      [globalThis.Map, globalThis.Set] = [PlainMap, PlainSet];
    },
  };
}

describe('ever new destinations', () => {
  let collections: ReturnType<typeof watchCollections>;
  beforeEach(() => {
    collections = watchCollections();
  });
  afterEach(() => collections.stop());

  it('leave no map or set of the daemon that grows with their number', async () => {
    const { store, clock } = openTestStore();
    const scene = createCycleScene(undefined, { store, clock });
    const perSample = 5000;
    await scene.beats(12, (second) => {
      scene.host.rows = oneOff((second / 2) * perSample, perSample);
      scene.host.counters = { activeOpens: second * perSample };
      store.tick();
    });
    // What waits to be written holds the names of its series until then.
    store.flush();
    expect(scene.records.length + scene.host.dumps).toBeGreaterThanOrEqual(12);
    // The views of this test hold what the daemon would have given away.
    scene.views.splice(0, Infinity);
    await new Promise((resolve) => setImmediate(resolve));
    const [largest] = collections.listSizes();
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThanOrEqual(LARGEST_TABLE);
    store.close();
  });

  it('list the pools and series with the most sockets, count the others, and keep a pool with an alert', async () => {
    const { host, views, beats } = createCycleScene();
    const others = 6000;
    await beats(3, (second) => {
      host.rows = [...oneOff(0, others), ...oneOff(0, 3), ...held(980)];
      host.counters = { activeOpens: second + 1 };
    });
    const view = views.at(-1);
    expect(view?.pools).toHaveLength(MAX_LISTED_POOLS);
    expect(view?.pools[0]).toMatchObject({ remoteAddress: '10.0.0.2', used: 980 });
    expect(view?.unlisted).toMatchObject({ count: others + 1 - MAX_LISTED_POOLS, live: 0 });
    expect(view?.ports).toHaveLength(MAX_LISTED_SERIES);
    expect(view?.otherPorts).toMatchObject({ count: others + 1 - MAX_LISTED_SERIES });
    expect(new Set(view?.alerts.map(({ poolId }) => poolId))).toEqual(new Set(['connect_host_10.0.0.1_10.0.0.2_443']));

    await beats(2, (second) => {
      host.rows = [...held(1), ...[0, 10_000].flatMap((first) => oneOff(first, others)), ...oneOff(0, others)];
      host.counters = { activeOpens: 100 + second };
    });
    const ids = new Set(views.at(-1)?.pools.map(({ id }) => id));
    expect(ids.has('connect_host_10.0.0.1_10.0.0.2_443')).toBe(true);
  });
});
