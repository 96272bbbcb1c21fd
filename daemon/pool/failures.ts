/** One connect() or bind(0) that failed for want of a port (kernel rule 19). */
export interface FailedConnect {
  readonly atMs: number;
  readonly kind: 'connect' | 'bind';
  /** Canonical text; null for a bind whose address is not known. */
  readonly localAddress: string | null;
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  readonly pid: number;
  readonly name: string;
}
