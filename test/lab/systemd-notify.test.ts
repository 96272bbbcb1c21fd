/** Without libc, the command systemd-notify sends the notification. Needs the package systemd. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createServiceNotifier } from '../../daemon/service/notify-native.js';
import { receiveDatagrams } from '../builders/datagram-socket.js';

it('notifies systemd by the command systemd-notify', async () => {
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
