/** Which source reads the table: the first of netlink, procfs, systeminformation that works, and why not the others. */
import { SOURCE_NAMES, type SourceChoice } from '../contracts.js';
import { messageOf, PortcastError } from '../errors.js';
import { openNetlinkSource } from './linux/netlink.js';
import type { loadNative } from './linux/netlink-native.js';
import { openProcfsSource } from './linux/procfs.js';
import { openSysteminformationSource } from './other/systeminformation.js';
import type { TableSource } from './table-source.js';

export type TableSourceName = TableSource['name'];

export interface ChooseOptions {
  readonly source: 'auto' | TableSourceName;
  readonly procRoot: string;
  readonly native: ReturnType<typeof loadNative>;
  /** Sources that had worked and then failed, with the reason: `auto` passes them over. */
  readonly avoid: Readonly<Partial<Record<TableSourceName, string>>>;
}

export interface ChosenSource {
  readonly table: TableSource;
  readonly choice: SourceChoice;
}

/** The kernel answers within milliseconds; a dump that waits longer than this has lost its answer. */
const RECEIVE_TIMEOUT_MS = 1000;

/** Throws SOURCE_UNAVAILABLE with the reason of every candidate when none works. */
export async function chooseSource(options: ChooseOptions): Promise<ChosenSource> {
  if (options.source !== 'auto') return openAsked(options.source, options);
  const passedOver: string[] = [];
  for (const name of SOURCE_NAMES) {
    const known = options.avoid[name];
    try {
      if (known !== undefined) throw new PortcastError('SOURCE_UNAVAILABLE', known);
      const table = await open(name, options);
      const why = passedOver.length === 0 ? 'the first choice, and it works' : passedOver.join('; ');
      return { table, choice: { name, why } };
    } catch (error) {
      passedOver.push(`${name} passed over because ${messageOf(error)}`);
    }
  }
  throw new PortcastError('SOURCE_UNAVAILABLE', `no source can read the TCP table: ${passedOver.join('; ')}`);
}

async function openAsked(name: TableSourceName, options: ChooseOptions): Promise<ChosenSource> {
  try {
    return { table: await open(name, options), choice: { name, why: 'asked for' } };
  } catch (error) {
    throw new PortcastError(
      'SOURCE_UNAVAILABLE',
      `the source "${name}" was asked for and does not work: ${messageOf(error)}; allowed are auto, ${SOURCE_NAMES.join(', ')}`,
      { cause: error },
    );
  }
}

async function open(name: TableSourceName, { native, procRoot }: ChooseOptions): Promise<TableSource> {
  switch (name) {
    case 'netlink':
      if ('problem' in native) throw new PortcastError('SOURCE_UNAVAILABLE', native.problem);
      return openNetlinkSource(native, RECEIVE_TIMEOUT_MS);
    case 'procfs':
      return openProcfsSource(procRoot);
    case 'systeminformation':
      return openSysteminformationSource();
  }
}
