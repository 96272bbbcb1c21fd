/** How every channel of the daemon opens its connections: the local ports, the known addresses, and what uses them. */
import type { Agent } from 'node:http';
import type { Clock } from '../../contracts.js';
import {
  chooseLocalPorts,
  type LocalPortChoice,
  type LocalPortSetting,
  type PortLimits,
} from '../../host/local-ports.js';
import type { AddressStore } from '../../notify-contracts.js';
import { createAddressBook, type AddressBook, type LookUp } from './address-book.js';
import { createDeliveryAgent } from './agent.js';
import { createDial, type Dial } from './dial.js';
import { createOpenedLog, type OpenedLog } from './opened-log.js';

interface ConnectionParts {
  readonly localPorts: LocalPortSetting;
  /** The ephemeral range and the reserved ports as they are now; null where they are not known. Never throws. */
  readonly readLimits: () => PortLimits | null;
  readonly store: AddressStore;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** An argument for tests. */
  readonly lookUp?: LookUp;
}

export interface Connections {
  readonly dial: Dial;
  readonly book: AddressBook;
  readonly opened: OpenedLog;
  /** The local ports that the next connection may use. Never throws. */
  choosePorts(): LocalPortChoice;
  /** For a channel that speaks HTTP, see agent.ts. */
  createAgent(protocol: 'http:' | 'https:', timeoutMs: number): Agent;
}

export function createConnections(parts: ConnectionParts): Connections {
  const { localPorts, readLimits, random } = parts;
  const book = createAddressBook(parts);
  const choosePorts = (): LocalPortChoice => chooseLocalPorts(localPorts, readLimits());
  const opened = createOpenedLog(() => parts.clock.monotonicMs());
  const dial = createDial({ book, choosePorts, random, opened });
  return {
    dial,
    book,
    opened,
    choosePorts,
    createAgent: (protocol, timeoutMs) => createDeliveryAgent({ protocol, dial, timeoutMs }),
  };
}
