/** What a scene behind a mail golden is made of: its traffic, its processes, and the message that it leads to. */
import type { AlertSettings, Trouble } from '../../daemon/alert/alert.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { NoticeKind } from '../../daemon/incident/incident.js';
import type { IncidentSettings } from '../../daemon/incident/settings.js';
import type { AnnouncerOptions } from '../../daemon/notify/announcer.js';
import { steps } from '../tools/simulator/plan.js';
import { LEARNED, limitsOf, SERVER, type Destination, type Stream, type World } from '../tools/simulator/world.js';
import type { OwningProcess } from './proc-tree.js';

export interface HostScene {
  readonly world: World;
  /** The message that the golden holds: the first of this kind. */
  readonly tells: NoticeKind;
  /** Part of its subject. */
  readonly subject: string;
  /** What makes the forecast of this scene the one it is about. */
  readonly shows?: Partial<PoolForecast>;
  /** The first beat; 0.7 s where not given. */
  readonly startSeconds?: number;
  /** Messages before this second are passed over. */
  readonly fromSeconds?: number;
  /** The scene fails when the message has not come by then. */
  readonly withinSeconds: number;
  readonly settings?: AlertSettings;
  readonly incidents?: Partial<IncidentSettings>;
  /** Whose connects failed; absent where failed connects are not counted, as without tracefs. */
  readonly failingProcesses?: readonly FailingProcess[];
  /** Of the live connections, those beyond this number are in CLOSE_WAIT. */
  readonly closeWaitBeyond?: number;
  /** From this second on the socket table cannot be read. */
  readonly blindFromSeconds?: number;
  /** What is wrong with a part of portcast, and in which seconds. */
  readonly trouble?: Trouble & { readonly fromSeconds: number; readonly untilSeconds: number };
  /** The processes that own the live connections; none where it is absent. */
  readonly owners?: readonly OwningProcess[];
  readonly announcer?: Partial<Pick<AnnouncerOptions, 'hostName' | 'dashboardUrl' | 'timeZone'>>;
  /** Keeps the picture as a golden too. */
  readonly picture?: true;
}

export interface FailingProcess {
  readonly pid: number;
  readonly name: string;
}

export const CHECKOUT: OwningProcess = { pid: 812, name: 'checkout-api', share: 1 };
export const CURL: FailingProcess = { pid: 99, name: 'curl' };
export const OTHER_SERVER: Destination = { ...SERVER, remote: '10.0.0.3' };

/** Connections that this host closes first, open for 300 ms on average. */
export const churn = (rate: Stream['rate'], changes: Partial<Stream> = {}): Stream => ({
  to: [SERVER],
  rate,
  fate: 'time_wait',
  life: { meanMs: 300 },
  ...changes,
});
export const kept = (rate: Stream['rate'], to: Destination): Stream => ({ to: [to], rate, fate: 'kept' });
/** Connects that nobody answers, until the kernel gives them up. */
export const unanswered = (rate: Stream['rate']): Stream => ({ ...kept(rate, SERVER), syn: { share: 1 } });

/** 1,000 ports; tcp_tw_reuse 2, the default of the kernel, which does not help off loopback. */
export const world = (streams: readonly Stream[], changes: Partial<World> = {}): World => ({
  limits: limitsOf({ twReuse: 2 }),
  granularity: LEARNED,
  streams,
  arrivals: { kind: 'poisson' },
  seed: 7,
  ...changes,
});

/** Half a second at 2,000/s fills the pool between two beats, so no forecast comes before the first failure. */
export const SUDDEN = world([churn(steps([0, 5], [20_000, 2000], [20_500, 5]))]);
