/** Other ends that are counted only while somebody asks for them. */
import { describe, expect, it } from 'vitest';
import type { TableReading } from '../../../daemon/contracts.js';
import { createAskedEnds } from '../../../daemon/sampling/asked-ends.js';
import { fakeClock } from '../../fakes.js';
import { snapshotOf } from '../../builders/socket-rows.js';

const INBOUND = { id: 'in_host_8080', direction: 'in', address: null, port: 8080 } as const;
const OUTBOUND = { id: 'out_host_10.0.0.2_443', direction: 'out', address: '10.0.0.2', port: 443 } as const;

function watchReader() {
  const clock = fakeClock();
  const asked = createAskedEnds(clock);
  const requests: (readonly number[])[] = [];
  const row = { local: '10.0.0.1', localPort: 40_000, remote: '10.0.0.2', remotePort: 443 };
  const reader = asked.watch({
    readTable(ports = []): Promise<TableReading> {
      requests.push(ports);
      const snapshot = snapshotOf([{ ...row, state: 'ESTABLISHED' }], { takenAtMs: clock.wallMs() });
      const ends = ports.map((port) => ({ port, ends: [], others: { ends: 2, sockets: 5 } }));
      return Promise.resolve({ snapshot, source: { name: 'netlink', why: '' }, costMs: 1, ends });
    },
  });
  return { clock, asked, reader, requests };
}

describe('asked ends', () => {
  it('are counted with the next dump, for which the request waits', async () => {
    const { asked, reader, requests } = watchReader();
    const [inbound, outbound] = [asked.find(INBOUND, 5000), asked.find(OUTBOUND, 5000)];
    await reader.readTable();
    expect(requests).toEqual([[8080]]);
    expect((await inbound)?.others).toEqual({ ends: 2, sockets: 5 });
    expect((await outbound)?.ends).toMatchObject([{ address: '10.0.0.1', total: 1 }]);
  });

  it('come at once from the dump before while somebody goes on asking', async () => {
    const { clock, asked, reader } = watchReader();
    const first = asked.find(INBOUND, 5000);
    await reader.readTable();
    const { sampledAtMs } = (await first) ?? { sampledAtMs: 0 };
    clock.advance(10_000);
    expect((await asked.find(INBOUND, 5000))?.sampledAtMs).toBe(sampledAtMs);
  });

  it('are no longer counted after a while, and what is old is not told later', async () => {
    const { clock, asked, reader, requests } = watchReader();
    const first = asked.find(INBOUND, 5000);
    await reader.readTable();
    await first;
    clock.advance(31_000);
    expect(await asked.find(INBOUND, 1)).toBeNull();
    clock.advance(31_000);
    await reader.readTable();
    expect(requests.at(-1)).toEqual([]);
  });

  it('are null where no dump comes in time', async () => {
    expect(await watchReader().asked.find(INBOUND, 1)).toBeNull();
  });

  it('are counted for a few series at a time', async () => {
    const { asked, reader, requests } = watchReader();
    const all = Array.from({ length: 20 }, (_, index) => asked.find({ ...INBOUND, id: `in_${index}`, port: index }, 1));
    await reader.readTable();
    await Promise.all(all);
    expect(requests[0]).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
  });
});
