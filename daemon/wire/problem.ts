/** Errors as `application/problem+json`. */

/** RFC 9457. */
export interface WireProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
}
