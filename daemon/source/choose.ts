/**
 * The lists of what can be read on which platform, and the choice from them. A new platform is a folder, and a line in each
 * list that it has something for.
 */
import { SOURCE_NAMES, type SourceChoice } from '../contracts.js';
import { messageOf, PortcastError } from '../errors.js';
import { SECOND_MS } from '../units.js';
import type { HostSource, HostSourceOptions } from './host-source.js';
import { openLinuxHost } from './linux/linux-host.js';
import { openNetlinkSource } from './linux/netlink.js';
import type { loadNative } from './linux/netlink-native.js';
import { openProcfsSource } from './linux/procfs.js';
import { openOtherHost } from './other/other-host.js';
import { openSysteminformationSource } from './other/systeminformation.js';
import type { TableSource } from './table-source.js';

type TableSourceName = TableSource['name'];

export interface ChooseOptions {
  readonly source: 'auto' | TableSourceName;
  readonly procRoot: string;
  readonly native: ReturnType<typeof loadNative>;
  /** Sources that had worked and then failed, with the reason. `auto` passes them over. */
  readonly avoid: Readonly<Partial<Record<TableSourceName, string>>>;
}

export interface ChosenSource {
  readonly table: TableSource;
  readonly choice: SourceChoice;
}

/** The kernel answers within milliseconds; after this time its answer is lost. */
const RECEIVE_TIMEOUT_MS = SECOND_MS;

type OpenTable = (options: ChooseOptions) => TableSource | Promise<TableSource>;

/** How each source of the socket table is opened. The order in which `auto` tries them is that of SOURCE_NAMES. */
const TABLE_SOURCES: Record<TableSourceName, OpenTable> = {
  netlink({ native, procRoot }) {
    if ('problem' in native) throw new PortcastError('SOURCE_UNAVAILABLE', native.problem);
    return openNetlinkSource(native, RECEIVE_TIMEOUT_MS, procRoot);
  },
  procfs: ({ procRoot }) => openProcfsSource(procRoot),
  systeminformation: () => openSysteminformationSource(),
};

/** How the host is read on each platform; the others use `openOtherHost`. */
const HOST_SOURCES: Partial<Record<NodeJS.Platform, (options: HostSourceOptions) => HostSource>> = {
  linux: openLinuxHost,
};

export function openHostSource(options: HostSourceOptions): HostSource {
  return HOST_SOURCES[process.platform]?.(options) ?? openOtherHost(process.platform);
}

/** @throws SOURCE_UNAVAILABLE with the reason of every candidate when none works. */
export async function chooseSource(options: ChooseOptions): Promise<ChosenSource> {
  if (options.source !== 'auto') return openRequested(options.source, options);
  const passedOver: string[] = [];
  for (const name of SOURCE_NAMES) {
    const avoidBecause = options.avoid[name];
    try {
      if (avoidBecause !== undefined) throw new PortcastError('SOURCE_UNAVAILABLE', avoidBecause);
      const table = await TABLE_SOURCES[name](options);
      const why = passedOver.length === 0 ? 'it is the preferred source' : passedOver.join('; ');
      return { table, choice: { name, why } };
    } catch (error) {
      passedOver.push(`${name} passed over because ${messageOf(error)}`);
    }
  }
  throw new PortcastError('SOURCE_UNAVAILABLE', `no source can read the TCP table: ${passedOver.join('; ')}`);
}

async function openRequested(name: TableSourceName, options: ChooseOptions): Promise<ChosenSource> {
  try {
    return { table: await TABLE_SOURCES[name](options), choice: { name, why: 'asked for' } };
  } catch (error) {
    throw new PortcastError(
      'SOURCE_UNAVAILABLE',
      `the source "${name}" was asked for and does not work: ${messageOf(error)}; allowed are auto, ${SOURCE_NAMES.join(', ')}`,
      { cause: error },
    );
  }
}
