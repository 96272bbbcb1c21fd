/** What a row of the league of programs states, and the defaults for what it does not state. */
import { PACKAGE_ROOT } from '../../../../daemon/paths.js';
import type { Side } from '../../../lab/namespaces.js';
import type { ProgramName } from './packages.js';

/** Where a row runs. */
export interface Place {
  /** A temporary folder of its own, which every user may enter. */
  readonly folder: string;
  /**
   * The port of its server. No other row has it, since the tracepoint may show failed connects of other namespaces whose
   * processes have ended, and every lab has the same addresses.
   */
  readonly port: number;
}

export interface Program {
  readonly side: Side;
  readonly argv: (place: Place) => readonly string[];
  /**
   * Shows that the program is ready: a line that it prints, a port on which it listens, or that it has ended. Null: its
   * start is not awaited.
   */
  readonly ready: RegExp | number | 'ended' | null;
}

/** `exhausts`: a connect fails, and a critical alert fires before. `silent`: none fails and no critical alert fires. */
type Expectation = 'exhausts' | 'silent';

export interface ProgramRow {
  /** Short and unique: it is part of the names of the namespaces. */
  readonly id: string;
  readonly title: string;
  /** How many local ports the client's namespace has. */
  readonly ports: number;
  readonly needs: readonly ProgramName[];
  /** Files of the folder, by name. */
  readonly files: (place: Place) => Readonly<Record<string, string>>;
  /** Programs that are ready before portcast starts: servers, and clients whose connections are to be there already. */
  readonly before: readonly Program[];
  /** Programs that start after portcast. */
  readonly programs: readonly Program[];
  readonly expects: Expectation;
  /** Whether portcast must say that the other side does not answer. */
  readonly unanswered: boolean;
  /** How long the programs run. A row that exhausts ends earlier, shortly after its first failed connect. */
  readonly seconds: number;
  /** What the programs print when a connect fails. */
  readonly prints: RegExp;
  /** A line of any program which shows that the traffic was made. */
  readonly witness: RegExp | null;
  /** At least so many ports are seen in use, else the row did not make its traffic. */
  readonly usedAtLeast: number;
  /** A line that marks the start of what must be warned of, where the row did something else before. */
  readonly onset: RegExp | null;
  /** The alert must fire this long before the first failed connect. */
  readonly leadAtLeastS: number;
}

export const FIRST_PORT = 20_000;
const NO_PORT = /Cannot assign requested address|EADDRNOTAVAIL/;

type RowStart = Pick<ProgramRow, 'id' | 'title' | 'ports' | 'programs' | 'expects' | 'seconds' | 'usedAtLeast'> &
  Partial<ProgramRow>;

export function programRow(start: RowStart): ProgramRow {
  return {
    needs: [],
    files: () => ({}),
    before: [],
    unanswered: false,
    prints: NO_PORT,
    witness: null,
    onset: null,
    leadAtLeastS: 0,
    ...start,
  };
}

/** A program in the server's namespace. */
export function server(ready: RegExp | number, argv: (place: Place) => (string | number)[]): Program {
  return { side: 'server', argv: (place) => argv(place).map(String), ready };
}

/** A program in the client's namespace. */
export function client(argv: (place: Place) => (string | number)[]): Program {
  return { side: 'client', argv: (place) => argv(place).map(String), ready: null };
}

/** The path of a file beside this one. */
export function besideThis(name: string): string {
  return `${PACKAGE_ROOT}/test/tools/league/programs/${name}`;
}
