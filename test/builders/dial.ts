/** Opens connections for tests: without ports outside the range and without a store, unless the test says otherwise. */
import { createAddressBook, NO_STORE, type LookUp } from '../../daemon/notify/connect/address-book.js';
import { createDial, type Dial } from '../../daemon/notify/connect/dial.js';
import { createOpenedLog } from '../../daemon/notify/connect/opened-log.js';
import { fakeClock } from '../fakes.js';

interface TestDialOptions {
  readonly ports?: readonly number[];
  readonly lookUp?: LookUp;
}

export function createTestDial({ ports = [], lookUp }: TestDialOptions = {}): Dial {
  const parts = { clock: fakeClock(), store: NO_STORE };
  const book = createAddressBook(lookUp === undefined ? parts : { ...parts, lookUp });
  const opened = createOpenedLog(() => 0);
  return createDial({ book, choosePorts: () => ({ ports, why: 'of the test' }), random: () => 0, opened });
}
