/** The body of an error answer, `application/problem+json`. */

/** See RFC 9457. */
export interface WireProblemDetails {
  type: string;
  title: string;
  status: number;
  detail: string;
}
