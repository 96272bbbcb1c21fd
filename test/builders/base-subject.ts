/** The part of a subject that mail programs compare when they thread (RFC 5256, 2.1). */
const TRAILER = /(\(fwd\)|\s)$/i;
const LEADER = /^((\[[^[\]]*\]\s*)*(re|fwd?)\s*(\[[^[\]]*\]\s*)?:|\s)/i;
const BLOB = /^\[[^[\]]*\]\s*(?=.)/;

export function findBaseSubject(subject: string): string {
  let base = subject.replaceAll(/\s+/g, ' ');
  for (let before = ''; before !== base;) {
    before = base;
    base = base.replace(TRAILER, '').replace(LEADER, '').replace(BLOB, '');
  }
  return base;
}
