/** What a demo is made of: the traffic of a simulated host, and what portcast has seen of it. */
import type { FailingProcess } from '../../../builders/host-scene.js';
import type { OwningProcess } from '../../../builders/proc-tree.js';
import type { World } from '../../simulator/world.js';

export interface DemoScene {
  /** What it shows, as a sentence. */
  readonly shows: string;
  /** `drill` is the host of `portcast drill`. */
  readonly world: World | 'drill';
  /** How long the traffic has run before the present. */
  readonly pastSeconds: number;
  /** Of the past, the time before portcast was started. */
  readonly unseenSeconds?: number;
  /** A time in which portcast did not run, in seconds before the present. */
  readonly gap?: { readonly fromSeconds: number; readonly untilSeconds: number };
  /** For so long before the present, and from then on, the socket table cannot be read. */
  readonly blindForSeconds?: number;
  /** The scene begins anew after this time. */
  readonly lastsSeconds?: number;
  /** Whose connects fail; absent where failed connects are not counted, as without tracefs. */
  readonly failingProcesses?: readonly FailingProcess[];
  /** The processes that own the live connections. */
  readonly owners?: readonly OwningProcess[];
  /** Of the live connections, those beyond this number are in CLOSE_WAIT. */
  readonly closeWaitBeyond?: number;
  /** Default: a mail server that accepts everything. */
  readonly mail?: 'refused';
}
