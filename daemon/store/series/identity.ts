/** Reads the identity of a series, which is stored as JSON. */
import { LAST_PORT } from '../../host/kernel-constants.js';

/** Null where the text is no JSON object. */
export function parseIdentity(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

export function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LAST_PORT;
}
