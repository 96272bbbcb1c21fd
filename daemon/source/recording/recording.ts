/** Reads recordings, sample by sample. */
import { createReadStream } from 'node:fs';
import { constants, createGunzip } from 'node:zlib';
import type { HostReader, TableReader } from '../../contracts.js';
import { messageOf, PortcastError } from '../../errors.js';
import { RECORDING_LIMITS } from './recording-columns.js';
import { parseHeader, parseRecord, type RecordedSample, type RecordingHeader } from './recording-format.js';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 64 * 1024;

interface Recording extends HostReader, TableReader, AsyncIterable<RecordedSample> {
  header(): Promise<RecordingHeader>;
  /** After the last sample: whether the end of the file was cut off, as by a crash. */
  truncated(): boolean;
  close(): Promise<void>;
}

/**
 * Steps through a recording once, by iteration or as a source: `readHost` goes to the next sample, and `readTable` gives
 * the table of that sample. `readHost` rejects with SOURCE_UNAVAILABLE after the last sample, `readTable` where the sample
 * has no table. RECORDING_INVALID quotes the line that is wrong.
 */
export function openRecording(file: string): Recording {
  const reader = createLineReader(file);
  let header: Promise<RecordingHeader> | null = null;
  let current: RecordedSample | null = null;

  const readHeader = (): Promise<RecordingHeader> =>
    (header ??= reader.next().then((line) => {
      if (line === null) throw new PortcastError('RECORDING_INVALID', `${file}: the file is empty`);
      return parseHeader(line.text, `${file}:${line.number}`);
    }));
  const readNext = async (): Promise<RecordedSample | null> => {
    await readHeader();
    const line = await reader.next();
    current = line === null ? null : parseRecord(line.text, `${file}:${line.number}`);
    return current;
  };
  return {
    header: readHeader,
    async readHost() {
      const sample = await readNext();
      if (sample === null) throw new PortcastError('SOURCE_UNAVAILABLE', `${file}: the recording has ended`);
      return sample.host;
    },
    readTable() {
      if (current?.table != null) return Promise.resolve(current.table);
      return Promise.reject(new PortcastError('SOURCE_UNAVAILABLE', `${file}: this sample holds no table`));
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (let sample = await readNext(); sample !== null; sample = await readNext()) yield sample;
      } finally {
        await reader.close();
      }
    },
    truncated: () => reader.truncated(),
    close: () => reader.close(),
  };
}

interface LineReader {
  /** The next line and its number, which begins at 1; null after the last one. Rejects with RECORDING_INVALID. */
  next(): Promise<{ text: string; number: number } | null>;
  truncated(): boolean;
  close(): Promise<void>;
}

/** Reads the lines of the file when they are needed. A last line without a newline was cut off, and is left out. */
function createLineReader(file: string): LineReader {
  const input = createReadStream(file);
  // With Z_SYNC_FLUSH a file that was cut off gives the data that it has, and no error.
  const unpacked = input.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: CHUNK_BYTES }));
  input.on('error', (error) => unpacked.destroy(error));
  let number = 0;
  let cut = false;
  const lines = splitLines(unpacked as AsyncIterable<Buffer>, () => (cut = true));
  return {
    async next() {
      try {
        const { value, done } = await lines.next();
        return done === true ? null : { text: value, number: ++number };
      } catch (error) {
        const at = `${file}:${number + 1}`;
        throw new PortcastError('RECORDING_INVALID', `${at}: cannot be read: ${messageOf(error)}`, { cause: error });
      }
    },
    truncated: () => cut,
    async close() {
      input.destroy();
      unpacked.destroy();
      await lines.return(undefined).catch(() => undefined);
    },
  };
}

/**
 * The lines of the text. The parts of a line are joined once, at its end, so that a long line costs no more than its
 * length. `onRest` is called when something follows the last newline.
 * @throws Error for a line or a file that is longer than RECORDING_LIMITS allows.
 */
async function* splitLines(chunks: AsyncIterable<Buffer>, onRest: () => void): AsyncGenerator<string, void> {
  const { lineBytes, fileBytes } = RECORDING_LIMITS;
  let parts: Buffer[] = [];
  let length = 0;
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > fileBytes)
      throw new Error(`the file unpacks to more than the ${inMebibytes(fileBytes)} that are allowed`);
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); ; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end < 0 ? undefined : end);
      parts.push(part);
      length += part.length;
      if (length > lineBytes) throw new Error(`the line is longer than the ${inMebibytes(lineBytes)} that are allowed`);
      if (end < 0) break;
      yield Buffer.concat(parts, length).toString('utf8');
      parts = [];
      length = 0;
      start = end + 1;
    }
  }
  if (length > 0) onRest();
}

function inMebibytes(bytes: number): string {
  return `${bytes / 1024 ** 2} MiB`;
}
