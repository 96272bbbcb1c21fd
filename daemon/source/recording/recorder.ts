/** Writes recordings. The format is that of recording-format.ts. */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { HostReading, TableReading } from '../../contracts.js';
import { codeOf, messageOf, PortcastError } from '../../errors.js';
import type { FailedConnect } from '../../pool/failed-connect.js';
import { createAnonymizer } from './anonymize.js';
import { RECORDING_LIMITS } from './recording-columns.js';
import { RECORDING_FORMAT, RECORDING_VERSION, type RecordingHeader } from './recording-format.js';

export interface RecorderOptions {
  readonly file: string;
  /** Replaces addresses and names; see anonymize.ts. */
  readonly anonymize: boolean;
  readonly hostName: string;
}

export interface Recorder {
  /**
   * Appends one sample, which is in the file on return. `failures` are the connects that failed since the sample before;
   * null where they are not counted. Throws STORE_IO, also for a table beyond RECORDING_LIMITS.
   */
  write(reading: HostReading, table: TableReading | null, failures?: readonly FailedConnect[] | null): void;
  close(): void;
}

/** Only its owner may read the file. */
const FILE_MODE = 0o600;
const KEY_BYTES = 32;

/** Creates the file. Throws STORE_IO, also when the file exists: nothing is overwritten. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { file, anonymize, hostName } = options;
  const fd = createFile(file);
  const key = randomBytes(KEY_BYTES);
  const anonymizer = createAnonymizer((text) => createHmac('sha256', key).update(text).digest());
  const append = (line: object): void => {
    const member = gzipSync(`${JSON.stringify(line, writeColumnsAsArrays)}\n`);
    try {
      for (let written = 0; written < member.length;) written += writeSync(fd, member, written);
    } catch (error) {
      throw new PortcastError('STORE_IO', `${file}: cannot be written: ${messageOf(error)}`, { cause: error });
    }
  };
  const header: RecordingHeader = {
    format: RECORDING_FORMAT,
    version: RECORDING_VERSION,
    host: anonymize ? null : hostName,
    anonymized: anonymize,
  };
  append(header);
  let open = true;
  return {
    write(reading, table, failures = null) {
      if (table !== null) requireFits(file, table);
      // The limits are what a replay needs of the settings.
      const { limits, counters, granularity, problems } = reading;
      const host = { limits, counters, granularity, problems };
      const sample = { host, table: table === null || !anonymize ? table : anonymizer.table(table) };
      if (failures === null) append(sample);
      else {
        const kept = failures.slice(-RECORDING_LIMITS.failures);
        append({ ...sample, failures: anonymize ? kept.map(anonymizer.failure) : kept });
      }
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

/** A table beyond the limits could not be read again. */
function requireFits(file: string, { snapshot }: TableReading): void {
  const { rows, pools } = RECORDING_LIMITS;
  const found = { rows: snapshot.outboundRows.localPort.length, pools: snapshot.outbound.remotePort.length };
  if (found.rows <= rows && found.pools <= pools) return;
  throw new PortcastError(
    'STORE_IO',
    `${file}: the table has ${found.rows} outbound rows in ${found.pools} pools; a recording holds at most ${rows} rows in ${pools} pools`,
  );
}

function createFile(file: string): number {
  try {
    return openSync(file, 'wx', FILE_MODE);
  } catch (error) {
    const exists = codeOf(error) === 'EEXIST';
    const problem = exists ? 'exists already and is not overwritten; give another name' : messageOf(error);
    throw new PortcastError('STORE_IO', `${file}: ${problem}`, { cause: error });
  }
}

/** The replacer for JSON.stringify, which would write a typed array as an object. */
function writeColumnsAsArrays(_key: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value;
}
