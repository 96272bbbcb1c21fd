/** The source's thread: answers calls one at a time. The arrays of a snapshot are transferred, which costs no copy. */
import { parentPort, workerData, type Transferable } from 'node:worker_threads';
import { messageOf, PortcastError } from '../../errors.js';
import type { Snapshot } from '../../snapshot/snapshot.js';
import type { CallResults, FromWorker, ToWorker, WireError, WorkerCall, WorkerStart } from './protocol.js';
import { openWorkerReader, type WorkerReader } from './worker-reader.js';

const port = parentPort;
if (port === null) throw new Error('worker.js runs as a worker thread only: the daemon starts it');

const post = (message: FromWorker, transfer: Transferable[] = []): void => port.postMessage(message, transfer);
const opening = openWorkerReader(workerData as WorkerStart);
opening.then(
  ({ choice }) => post({ kind: 'ready', choice: choice() }),
  (error: unknown) => post({ kind: 'unavailable', error: toWireError(error) }),
);

/** Calls run one after the other, because they share one builder. */
let queue: Promise<void> = Promise.resolve();
port.on('message', (message: ToWorker) => {
  queue = queue.then(() => (message === 'stop' ? stop() : answer(message.id, message.request)));
});

async function answer(id: number, request: WorkerCall): Promise<void> {
  try {
    const value = await perform(await opening, request);
    post({ kind: 'result', id, value }, 'snapshot' in value ? listBuffers(value.snapshot) : []);
  } catch (error) {
    post({ kind: 'failed', id, error: toWireError(error) });
  }
}

function perform(
  reader: WorkerReader,
  request: WorkerCall,
): CallResults[keyof CallResults] | Promise<CallResults['readTable']> {
  switch (request.call) {
    case 'readHost':
      return reader.readHost();
    case 'readTable':
      return reader.readTable(request.askedPorts);
    case 'findOwners':
      return reader.findOwners(request.queries);
  }
}

async function stop(): Promise<void> {
  await opening.then(
    (reader) => reader.stop(),
    () => undefined,
  );
  port?.close();
}

function listBuffers({ listeningPorts, boundPorts, inbound, outbound, outboundRows }: Snapshot): Transferable[] {
  const columns = [listeningPorts, boundPorts, inbound, outbound, outboundRows].flatMap((part) =>
    ArrayBuffer.isView(part) ? [part] : Object.values(part).filter((value) => ArrayBuffer.isView(value)),
  );
  return columns.map((column) => column.buffer as ArrayBuffer);
}

function toWireError(error: unknown): WireError {
  const code = error instanceof PortcastError ? error.code : 'SOURCE_UNAVAILABLE';
  return { code, message: messageOf(error) };
}
