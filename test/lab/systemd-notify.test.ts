/** Where libc cannot be called, systemd's own command sends the notification. Needs the package systemd. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createServiceNotifier } from '../../daemon/service/notify-native.js';
import { receiveDatagrams } from '../builders/datagram-socket.js';

it('sd_notify by the systemd-notify command', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-notify-'));
  const socket = join(folder, 'notify');
  const receiver = receiveDatagrams(socket);
  try {
    createServiceNotifier({ NOTIFY_SOCKET: socket }, null).ready();
    expect(await receiver.next()).toBe('READY=1');
  } finally {
    receiver.close();
    rmSync(folder, { recursive: true });
  }
});
