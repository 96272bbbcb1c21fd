/** The ephemeral range and the reserved ports of this moment, for what must not wait for the next sample. */
import type { PortLimits } from '../host/local-ports.js';
import { readPortLimits } from './linux/limits.js';
import { PROC_ROOT } from './linux/proc-paths.js';

/** Null on a system where portcast only assumes them, and where they cannot be read, which the sampling reports. */
export function readCurrentPortLimits(): PortLimits | null {
  if (process.platform !== 'linux') return null;
  try {
    return readPortLimits(PROC_ROOT);
  } catch {
    return null;
  }
}
