/** The forecast of this host, by real sources, and of a fake host. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { forecastOnce } from '../../../daemon/cli/one-shot.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { startSource, type Source } from '../../../daemon/source/worker/supervisor.js';
import { fakeSource } from '../../builders/cli.js';
import { fakeClock, fakeHost, fakeLog } from '../../fakes.js';

const open: { destroy(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.destroy();
});

/** Opens `live` connections of this process to a port of its own. @returns the port. */
async function connections(live: number): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    open.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ destroy: () => server.close() });
  const { port } = server.address() as AddressInfo;
  for (let i = 0; i < live; i++) {
    const socket: Socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    open.push(socket);
  }
  return port;
}

const signal = new AbortController().signal;
/** The second dump follows after 50 ms instead of 2 s. */
const QUICK = { hostName: 'here', log: fakeLog(), signal, intervalMs: 50 };

describe.runIf(process.platform === 'linux')('a forecast of this host', () => {
  it.each(['netlink', 'procfs'] as const)('by %s contains a pool that the test has opened', async (source) => {
    const port = await connections(7);
    const { host, pools } = await forecastOnce({ ...QUICK, source });
    expect(host).toMatchObject({ name: 'here', source });
    expect(host.capacity).toBeGreaterThan(0);
    expect(pools.find((pool) => pool.remotePort === port && pool.remoteAddress === '127.0.0.1')).toMatchObject({
      localAddress: '127.0.0.1',
      live: 7,
      kind: 'connect',
    });
  });

  it('has the close rate of a loopback pool, for which one dump is not enough with tcp_tw_reuse 2', async () => {
    const port = await connections(1);
    const { pools } = await forecastOnce({ ...QUICK, source: 'procfs' });
    expect(pools.find((pool) => pool.remotePort === port)?.closeRate).toEqual(expect.any(Number));
  });

  it('takes no second dump after the signal', async () => {
    await connections(1);
    const source = await startSource({ source: 'procfs', namespace: 'host', log: fakeLog() });
    let dumps = 0;
    const counted: Source = {
      choice: source.choice,
      readHost: () => source.readHost(),
      findOwners: (query) => source.findOwners(query),
      stop: () => source.stop(),
      readTable() {
        dumps += 1;
        return source.readTable();
      },
    };
    const aborted = { ...QUICK, source: 'procfs', signal: AbortSignal.abort() } as const;
    await forecastOnce(aborted, () => Promise.resolve(counted));
    expect(dumps).toBe(1);
  });
});

describe('a forecast of a fake host', () => {
  it.each([
    [true, undefined],
    [false, expect.stringContaining('cannot be seen on this kernel (Linux shows them from 6.8 on)') as string],
  ])('says whether bound ports can be seen: %s', async (hasBoundInactive, note) => {
    const host = fakeHost(fakeClock());
    const source = fakeSource(host);
    const readTable = source.readTable.bind(source);
    source.readTable = async () => {
      const reading = await readTable();
      const choice = { name: 'netlink', why: '' } as const;
      return { ...reading, source: choice, snapshot: { ...reading.snapshot, hasBoundInactive } };
    };
    const forecast = await forecastOnce({ ...QUICK, source: 'auto' }, () => Promise.resolve(source));
    expect(forecast.host.boundPortsNote).toEqual(note);
  });

  it('takes one dump when its timers give every close rate, and stops the source', async () => {
    const host = fakeHost(fakeClock());
    host.rows = [{ localPort: 20_000 }, { localPort: 20_001, state: STATE.TIME_WAIT, expiresMs: 30_000 }];
    const source = fakeSource(host);
    const { pools } = await forecastOnce({ ...QUICK, source: 'auto' }, () => Promise.resolve(source));
    expect(pools).toMatchObject([{ used: 2, live: 1, closeRate: expect.any(Number) as number }]);
    expect({ dumps: host.dumps, stops: source.stops }).toEqual({ dumps: 1, stops: 1 });
  });

  it('believes a TIME_WAIT row that lasts longer than TIME_WAIT is taken to', async () => {
    const host = fakeHost(fakeClock());
    host.rows = [{ localPort: 20_001, state: STATE.TIME_WAIT, expiresMs: 290_000 }];
    const forecast = await forecastOnce({ ...QUICK, source: 'auto' }, () => Promise.resolve(fakeSource(host)));
    expect(forecast.host).toMatchObject({
      timeWaitSeconds: 290,
      granularitySeconds: 16.384,
      granularityLearned: false,
    });
  });

  it('says which limits could not be read', async () => {
    const host = fakeHost(fakeClock());
    const read = host.readHost.bind(host);
    host.readHost = async () => ({ ...(await read()), problems: ['tcp_fin_timeout cannot be read'] });
    const forecast = await forecastOnce({ ...QUICK, source: 'auto' }, () => Promise.resolve(fakeSource(host)));
    expect(forecast.host.problems).toEqual(['tcp_fin_timeout cannot be read']);
  });

  const rows = (count: number, state: number = STATE.ESTABLISHED) =>
    Array.from({ length: count }, (_, index) => ({ localPort: 20_000 + index, state }));
  it.each([
    ['one, when few ports are open', rows(20), 1],
    ['two, when many ports are open, because they may grow', rows(21), 2],
    ['two, when a connect waits for its answer', rows(1, STATE.SYN_SENT), 2],
    ['one, when all ports are in TIME_WAIT', rows(400, STATE.TIME_WAIT).map((row) => ({ ...row, expiresMs: 9000 })), 1],
  ])('takes %s', async (_name, held, dumps) => {
    const host = fakeHost(fakeClock());
    host.rows = held;
    await forecastOnce({ ...QUICK, intervalMs: 1, source: 'auto' }, () => Promise.resolve(fakeSource(host)));
    expect(host.dumps).toBe(dumps);
  });

  it('stops the source when a dump fails', async () => {
    const host = fakeHost(fakeClock());
    const source = fakeSource(host);
    host.tableError = new Error('the table is gone');
    const failing = { ...source, readTable: () => host.readTable() };
    await expect(forecastOnce({ ...QUICK, source: 'auto' }, () => Promise.resolve(failing))).rejects.toThrow(
      'the table is gone',
    );
    expect(source.stops).toBe(1);
  });
});
