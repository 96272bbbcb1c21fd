/** The source's thread: takes calls one at a time, and hands the snapshot's arrays over instead of copying them. */
import { parentPort, workerData, type Transferable } from 'node:worker_threads';
import { messageOf, PortcastError } from '../../errors.js';
import type { Snapshot } from '../../snapshot/snapshot.js';
import type { CallResults, FromWorker, ToWorker, WireError, WorkerCall, WorkerStart } from './protocol.js';
import { openWorkerReader, type WorkerReader } from './worker-reader.js';

const port = parentPort;
if (port === null) throw new Error('worker.js is started by the source, not by hand');

const post = (message: FromWorker, transfer: Transferable[] = []): void => port.postMessage(message, transfer);
const readers = openWorkerReader(workerData as WorkerStart);
readers.then(
  ({ choice }) => post({ kind: 'ready', choice: choice() }),
  (error: unknown) => post({ kind: 'unavailable', error: toWire(error) }),
);

/** Calls wait for one another: they share one builder. */
let queue: Promise<void> = Promise.resolve();
port.on('message', (message: ToWorker) => {
  queue = queue.then(() => (message === 'stop' ? stop() : answer(message.id, message.request)));
});

async function answer(id: number, request: WorkerCall): Promise<void> {
  try {
    const value = await perform(await readers, request);
    post({ kind: 'result', id, value }, 'snapshot' in value ? buffersOf(value.snapshot) : []);
  } catch (error) {
    post({ kind: 'failed', id, error: toWire(error) });
  }
}

function perform(
  on: WorkerReader,
  request: WorkerCall,
): CallResults[keyof CallResults] | Promise<CallResults['readTable']> {
  switch (request.call) {
    case 'readHost':
      return on.readHost();
    case 'readTable':
      return on.readTable();
    case 'findOwners':
      return on.findOwners(request.query);
  }
}

async function stop(): Promise<void> {
  await readers.then(
    (open) => open.stop(),
    () => undefined,
  );
  port?.close();
}

function buffersOf({ listeningPorts, boundPorts, inbound, outbound, outboundRows }: Snapshot): Transferable[] {
  const columns = [listeningPorts, boundPorts, inbound, outbound, outboundRows].flatMap((part) =>
    ArrayBuffer.isView(part) ? [part] : Object.values(part).filter((value) => ArrayBuffer.isView(value)),
  );
  return columns.map((column) => column.buffer as ArrayBuffer);
}

function toWire(error: unknown): WireError {
  const code = error instanceof PortcastError ? error.code : 'SOURCE_UNAVAILABLE';
  return { code, message: messageOf(error) };
}
