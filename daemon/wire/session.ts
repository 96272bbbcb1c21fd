/** The answer of `/api/v1/session`. */
export interface WireSession {
  /** The user, or the name of the token; null where nobody has logged in. */
  user: string | null;
  /** What may be done now; null where a login is needed first. */
  role: 'viewer' | 'operator' | null;
  /** Whether requests need a login. */
  authentication: boolean;
}
