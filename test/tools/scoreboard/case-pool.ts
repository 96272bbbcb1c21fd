/** Selects the cases and plays them in as many processes as there are cores. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CAPACITIES } from './case.js';
import { FAMILIES } from './families.js';
import type { CaseRequest, PlayedCase } from './play-cases.js';

/** The first seed of each set. The ranges of the two sets do not overlap. */
export const SEEDS = { tuning: 1_000_000, scoring: 9_000_000 } as const;
const SEEDS_OF_FAMILY = 10_000;
const SEEDS_OF_CAPACITY = 5000;

export interface Selection {
  readonly mode?: CaseRequest['mode'];
  readonly set: keyof typeof SEEDS;
  readonly every: number;
  readonly family?: string | undefined;
  readonly capacity?: string | undefined;
  /** Only the families that are made from programs. */
  readonly programs?: boolean;
}

export function selectCases({
  mode = 'figures',
  set,
  every,
  family,
  capacity: wanted,
  programs,
}: Selection): CaseRequest[] {
  const requests: CaseRequest[] = [];
  FAMILIES.forEach(({ name, cases, kind = 'plan' }, familyIndex) => {
    if (programs === true && kind === 'plan') return;
    CAPACITIES.forEach((capacity, capacityIndex) => {
      if (!name.includes(family ?? '') || (wanted !== undefined && Number(wanted) !== capacity)) return;
      for (let i = 0; i < cases[capacity]; i += every) {
        const seed = SEEDS[set] + familyIndex * SEEDS_OF_FAMILY + capacityIndex * SEEDS_OF_CAPACITY + i;
        requests.push({ index: requests.length, mode, family: name, capacity, seed });
      }
    });
  });
  if (requests.length === 0) throw new Error(`no case matches family '${family ?? ''}' and capacity '${wanted ?? ''}'`);
  return requests;
}

/** Plays the cases. What is counted comes in the order of the requests, whichever process finished first. */
export async function playCases(requests: readonly CaseRequest[]): Promise<PlayedCase> {
  const played: PlayedCase[] = [];
  // Cases of one family take about equally long and lie next to one another, so each free process takes the next case.
  let next = 0;
  const workers = Math.min(requests.length, availableParallelism());
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const child = fork(join(import.meta.dirname, 'play-cases.ts'), {
        execArgv: ['--import', 'tsx'],
        serialization: 'advanced',
      });
      try {
        for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
          played[request.index] = await playCase(child, request);
        }
      } finally {
        child.kill();
      }
    }),
  );
  return {
    figures: played.flatMap(({ figures }) => figures),
    messages: played.flatMap(({ messages }) => messages),
  };
}

function playCase(child: ReturnType<typeof fork>, request: CaseRequest): Promise<PlayedCase> {
  return new Promise((resolve, reject) => {
    const failed = (why: unknown): void => reject(new Error(`${request.family}, seed ${request.seed}: ${String(why)}`));
    child.once('message', (played: PlayedCase) => {
      child.off('exit', failed);
      resolve(played);
    });
    child.once('exit', failed);
    child.send(request);
  });
}
