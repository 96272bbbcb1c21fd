/** The forecast of a real host, and of a source whose single sample cannot give the rate. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { forecastOnce, type StartSource } from '../../../daemon/cli/one-shot.js';
import { startSource } from '../../../daemon/source/worker/supervisor.js';
import { fakeLog } from '../../fakes.js';

const open: { destroy(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.destroy();
});

/** A connection of this process's own, closed by this side first: it leaves TIME_WAIT on the client's port. */
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

describe.runIf(process.platform === 'linux')('this host', () => {
  it.each(['netlink', 'procfs'] as const)('by %s: a pool that this test has opened', async (source) => {
    const port = await connections(7);
    const { host, pools } = await forecastOnce({ source, hostName: 'here', log: fakeLog(), signal });
    expect(host).toMatchObject({ name: 'here', source });
    expect(host.capacity).toBeGreaterThan(0);
    expect(pools.find((pool) => pool.remotePort === port && pool.remoteAddress === '127.0.0.1')).toMatchObject({
      localAddress: '127.0.0.1',
      live: 7,
      kind: 'connect',
    });
  });

  it('samples no more than twice, stops the source, and not a third time', async () => {
    const port = await connections(1);
    const calls = { tables: 0, stops: 0 };
    const counting: StartSource = async (options) => {
      const source = await startSource(options);
      return {
        ...source,
        choice: source.choice,
        readHost: () => source.readHost(),
        findOwners: (query) => source.findOwners(query),
        readTable() {
          calls.tables += 1;
          return source.readTable();
        },
        stop() {
          calls.stops += 1;
          return source.stop();
        },
      };
    };
    const { pools } = await forecastOnce({ source: 'procfs', hostName: 'here', log: fakeLog(), signal }, counting);
    expect(calls.stops).toBe(1);
    expect([1, 2]).toContain(calls.tables);
    // Loopback benefits from reuse by default, so one sample cannot give its rate; two can.
    expect(pools.find((pool) => pool.remotePort === port)?.closeRate ?? null).not.toBeNull();
  });

  it('stops the source when it fails', async () => {
    let stops = 0;
    const failing: StartSource = async (options) => {
      const source = await startSource(options);
      return {
        choice: source.choice,
        readHost: () => source.readHost(),
        findOwners: (query) => source.findOwners(query),
        readTable: () => Promise.reject(new Error('the table is gone')),
        stop() {
          stops += 1;
          return source.stop();
        },
      };
    };
    const options = { source: 'procfs', hostName: 'here', log: fakeLog(), signal } as const;
    await expect(forecastOnce(options, failing)).rejects.toThrow('the table is gone');
    expect(stops).toBe(1);
  });
});
