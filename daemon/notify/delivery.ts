/** All channels together. Each has an outbox of its own, so that one that does not work delays no other. */
import type { ChannelName } from '../incident/recipients.js';
import type { Channel } from '../notify-contracts.js';
import { createOutbox, type Outbox, type OutboxOptions } from './outbox.js';

interface DeliveryOptions extends Omit<OutboxOptions, 'name' | 'channel'> {
  readonly channels: ReadonlyMap<ChannelName, Channel>;
}

export function createDelivery({ channels, ...parts }: DeliveryOptions): Outbox {
  const outboxes = [...channels].map(([name, channel]) => createOutbox({ ...parts, name, channel }));
  return {
    async tick() {
      await Promise.all(outboxes.map((outbox) => outbox.tick()));
    },
    async drain(deadlineMs) {
      await Promise.all(outboxes.map((outbox) => outbox.drain(deadlineMs)));
    },
  };
}
