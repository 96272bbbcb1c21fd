import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createOpenedLog } from '../../../../daemon/notify/connect/opened-log.js';
import { createConnections } from '../../../../daemon/notify/connect/connections.js';
import { NO_STORE } from '../../../../daemon/notify/connect/address-book.js';
import { fakeClock } from '../../../fakes.js';

describe('the connections that portcast opened', () => {
  it('count while they are open and for five minutes after', () => {
    let nowMs = 0;
    const log = createOpenedLog(() => nowMs);
    const sockets = [new EventEmitter(), new EventEmitter()];
    for (const socket of sockets) log.note('fd00::1', 587, socket as never);
    nowMs = 3_600_000;
    expect(log.count('fd00::1', 587)).toBe(2);
    expect(log.count('fd00::1', 25)).toBe(0);
    sockets[0]?.emit('close');
    nowMs += 299_999;
    expect(log.count('fd00::1', 587)).toBe(2);
    nowMs += 1;
    expect(log.count('fd00::1', 587)).toBe(1);
  });

  it('are noted by every channel that dials', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { dial, opened } = createConnections({
      localPorts: 'off',
      readLimits: () => null,
      store: NO_STORE,
      clock: fakeClock(),
      random: () => 0,
    } as never);
    const socket = await dial({ host: '127.0.0.1', port, timeoutMs: 5000 });
    expect(opened.count('127.0.0.1', port)).toBe(1);
    socket.destroy();
    server.close();
  });
});
