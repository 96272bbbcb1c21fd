/**
 * How long a connect that nobody answers holds its port. The kernel sends the SYN again at steps that are known, and
 * gives up at one of them, so the count of retransmissions of a SYN_SENT row and its timer tell its age.
 *
 * Source: tcp_retransmit_timer, tcp_write_timeout and tcp_model_timeout of net/ipv4/tcp_timer.c. The first step is
 * TCP_TIMEOUT_INIT, and each step is twice the one before it, up to TCP_RTO_MAX; but after each of the first
 * `tcp_syn_linear_timeouts` retransmissions the step stays as it is. At the end of a step the kernel gives up when it
 * has sent the SYN again `tcp_syn_retries` + `tcp_syn_linear_timeouts` times, or when the time has passed that
 * `tcp_syn_retries` doubling steps take, whichever comes first.
 *
 * Measured on Linux 6.18 (250 Hz) with a peer that drops each SYN, retries + linear time-outs: 1 + 0 gave up after
 * 3.03 s, 2 + 0 after 7.20 s, 3 + 0 after 15.35 s, 1 + 4 after 3.07 s, 2 + 4 after 7.14 s, 3 + 4 after 19.48 s. Each
 * step is longer than its timer by up to one step of the timer wheel.
 */
import { MINUTE_MS, SECOND_MS } from '../units.js';
import type { HostLimits } from './limits.js';
import { boundGranularityMs } from './release-granularity.js';

/** TCP_TIMEOUT_INIT and TCP_RTO_MAX of include/net/tcp.h. */
const FIRST_STEP_MS = SECOND_MS;
const LONGEST_STEP_MS = 2 * MINUTE_MS;
/** TCP_SYN_RETRIES of include/net/tcp.h, for a host whose sysctl could not be read. */
const DEFAULT_SYN_RETRIES = 6;

type SynLimits = Pick<HostLimits, 'synRetries' | 'synLinearTimeouts'>;

/**
 * The longest time in ms that an unanswered connect holds its port: 136 s with the defaults of Linux 6.5 and later. It
 * includes the rounding of the timer wheel, which is on the mean half of what is added here. An application that gives
 * up earlier, or that sets TCP_SYNCNT or TCP_USER_TIMEOUT, frees its port earlier.
 * @param hz the kernel's ticks per second; with null the coarsest wheel of any kernel.
 */
export function findSynLifeMs(limits: SynLimits, hz: number | null = null): number {
  const { retries, linear } = readRetries(limits);
  const longestMs = sumDoublingSteps(retries);
  let nominalMs = 0;
  let roundingMs = 0;
  for (let retransmits = 0; ; retransmits++) {
    const stepMs = findStepMs(retransmits, linear);
    nominalMs += stepMs;
    roundingMs += boundGranularityMs(stepMs, hz);
    if (retransmits >= retries + linear || nominalMs >= longestMs) return nominalMs + roundingMs;
  }
}

/**
 * How long in ms a SYN_SENT row has existed. It is exact but for the rounding of the timer wheel, of which half a step
 * is assumed per retransmission: with the defaults at 250 Hz it is at most 0.1 s off until the fifth retransmission,
 * and at most 2.6 s off after the last.
 * @param retransmits of the row; 255 stands for 255 and more.
 * @param remainingMs what the row's retransmission timer has left; 0 when it has expired.
 * @param hz the kernel's ticks per second; with null the coarsest wheel of any kernel.
 */
export function findSynElapsedMs(
  retransmits: number,
  remainingMs: number,
  limits: SynLimits,
  hz: number | null = null,
): number {
  const { linear } = readRetries(limits);
  let elapsedMs = 0;
  for (let sent = 0; sent < retransmits; sent++) {
    const stepMs = findStepMs(sent, linear);
    elapsedMs += stepMs + boundGranularityMs(stepMs, hz) / 2;
  }
  return elapsedMs + Math.max(0, findStepMs(retransmits, linear) - Math.max(0, remainingMs));
}

/** The defaults where a sysctl could not be read. Kernels before 6.5 have no linear time-outs. */
function readRetries({ synRetries, synLinearTimeouts }: SynLimits): { retries: number; linear: number } {
  return { retries: synRetries ?? DEFAULT_SYN_RETRIES, linear: synLinearTimeouts ?? 0 };
}

/** The timer in ms that runs after so many retransmissions. */
function findStepMs(retransmits: number, linear: number): number {
  return Math.min(LONGEST_STEP_MS, FIRST_STEP_MS * 2 ** Math.max(0, retransmits - linear));
}

/** The time in ms of a first step and of `retries` more, each twice the one before it (tcp_model_timeout). */
function sumDoublingSteps(retries: number): number {
  let sumMs = 0;
  for (let retransmits = 0; retransmits <= retries; retransmits++) sumMs += findStepMs(retransmits, 0);
  return sumMs;
}
