/**
 * Recorded tables. The file is JSON lines, each its own gzip member (so `zcat` reads it, and a crash loses only its
 * tail): first a header `{"format":"portcast-recording","version":1,"host":string|null,"anonymized":boolean}`, then one
 * record a sample, `{"host":HostReading,"table":TableReading|null,"failures"?:FailedConnect[]}`, columns as arrays of
 * numbers. `failures` is there only where somebody watched for them.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, writeSync } from 'node:fs';
import { createGunzip, constants, gzipSync } from 'node:zlib';
import type { HostReader, HostReading, TableReader, TableReading } from '../../contracts.js';
import { codeOf, messageOf, PortcastError } from '../../errors.js';
import type { FailedConnect } from '../../pool/failed-connect.js';
import { createAnonymizer } from './anonymize.js';
import { parseHeader, parseRecord, type RecordedSample, type RecordingHeader } from './recording-format.js';

export type { RecordedSample } from './recording-format.js';

export interface RecorderOptions {
  readonly file: string;
  /** Replaces addresses and names; see anonymize.ts. */
  readonly anonymize: boolean;
  readonly hostName: string;
}

export interface Recorder {
  /**
   * Appends one sample; it is in the file on return. `failures`: the connects seen to fail since the sample before;
   * null where nobody watches. Throws STORE_IO.
   */
  write(reading: HostReading, table: TableReading | null, failures?: readonly FailedConnect[] | null): void;
  close(): void;
}

/** Creates the file, readable by its owner only. Throws STORE_IO, also when it exists: nothing is overwritten. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { file, anonymize, hostName } = options;
  const fd = createFile(file);
  const key = randomBytes(32);
  const anonymizer = createAnonymizer((text) => createHmac('sha256', key).update(text).digest());
  const append = (line: object): void => {
    const member = gzipSync(`${JSON.stringify(line, columnsAsArrays)}\n`);
    try {
      for (let written = 0; written < member.length;) written += writeSync(fd, member, written);
    } catch (error) {
      throw new PortcastError('STORE_IO', `${file}: cannot be written: ${messageOf(error)}`, { cause: error });
    }
  };
  append({ ...HEADER, host: anonymize ? null : hostName, anonymized: anonymize } satisfies RecordingHeader);
  let open = true;
  return {
    write(host, table, failures = null) {
      const watched = failures === null ? {} : { failures: anonymize ? failures.map(anonymizer.failure) : failures };
      append({ host, table: table === null || !anonymize ? table : anonymizer.table(table), ...watched });
    },
    close() {
      if (!open) return;
      open = false;
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    },
  };
}

export interface Recording extends HostReader, TableReader, AsyncIterable<RecordedSample> {
  header(): Promise<RecordingHeader>;
  /** After the last sample: whether the end of the file was cut off, as by a crash. */
  truncated(): boolean;
  close(): Promise<void>;
}

/**
 * Steps through a recording once, by iteration or as a source: `readHost` goes to the next sample, `readTable` gives
 * the table of that sample. Both reject with SOURCE_UNAVAILABLE when there is none (left).
 * RECORDING_INVALID quotes the line that is wrong.
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
  const next = async (): Promise<RecordedSample | null> => {
    await readHeader();
    const line = await reader.next();
    current = line === null ? null : parseRecord(line.text, `${file}:${line.number}`);
    return current;
  };
  return {
    header: readHeader,
    async readHost() {
      const sample = await next();
      if (sample === null) throw new PortcastError('SOURCE_UNAVAILABLE', `${file}: the recording has ended`);
      return sample.host;
    },
    readTable() {
      if (current?.table != null) return Promise.resolve(current.table);
      return Promise.reject(new PortcastError('SOURCE_UNAVAILABLE', `${file}: this sample holds no table`));
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (let sample = await next(); sample !== null; sample = await next()) yield sample;
      } finally {
        await reader.close();
      }
    },
    truncated: () => reader.truncated(),
    close: () => reader.close(),
  };
}

const HEADER = { format: 'portcast-recording', version: 1 } as const;

interface LineReader {
  next(): Promise<{ text: string; number: number } | null>;
  truncated(): boolean;
  close(): Promise<void>;
}

/** Lines of the file, lazily. A line without its end was cut off, and is left out. */
function createLineReader(file: string): LineReader {
  const input = createReadStream(file);
  // Z_SYNC_FLUSH: an end that is cut off gives what is there, and no error.
  const unpacked = input.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }));
  input.on('error', (error) => unpacked.destroy(error));
  let rest = '';
  let number = 0;
  let cut = false;
  const lines = (async function* () {
    for await (const chunk of unpacked.setEncoding('utf8') as AsyncIterable<string>) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      yield* parts;
    }
    cut = rest !== '';
  })();
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

function createFile(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const exists = codeOf(error) === 'EEXIST';
    const problem = exists ? 'exists already and is not overwritten; give another name' : messageOf(error);
    throw new PortcastError('STORE_IO', `${file}: ${problem}`, { cause: error });
  }
}

function columnsAsArrays(_key: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value;
}
