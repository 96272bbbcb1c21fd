/** Which program holds the connections of a pool: by the names of its processes, or because it was asked for. */
import type { AdviceContext } from './context.js';
import { PROGRAMS, type Program, type ProgramName } from './programs.js';

/** `known` by the name of a process, `asked` for, or `likely`: a name that several programs have. */
type Certainty = 'known' | 'asked' | 'likely';

export interface FoundProgram extends Program {
  readonly name: ProgramName;
  readonly certainty: Certainty;
  /** The process that shows it; null where it was asked for only. */
  readonly process: string | null;
}

/** Programs that are named for one pool at most. */
const MOST = 3;
/** A process name of Linux has at most 15 bytes; a longer text is none. */
const LONGEST_NAME = 64;

/** The one that was asked for; else those that the owners show, the owner with the most connections first. */
export function findPrograms({ owners, program }: Pick<AdviceContext, 'owners' | 'program'>): FoundProgram[] {
  const found = new Map<ProgramName, FoundProgram>();
  for (const { name } of owners) {
    for (const known of PROGRAMS) {
      const certainty = match(known, name);
      if (certainty !== null && !found.has(known.name)) found.set(known.name, { ...known, certainty, process: name });
    }
  }
  if (program === null) return [...found.values()].slice(0, MOST);
  const asked = PROGRAMS.find((known) => known.name === program);
  if (asked === undefined) return [];
  return [found.get(program) ?? { ...asked, certainty: 'asked', process: null }];
}

function match({ processes, likely }: Program, name: string): Certainty | null {
  if (name.length > LONGEST_NAME) return null;
  if (processes?.test(name) === true) return 'known';
  return likely?.test(name) === true ? 'likely' : null;
}
