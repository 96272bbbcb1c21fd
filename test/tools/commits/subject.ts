/** The rule for the subject of a commit: `area: imperative`, for example `store: seal a chunk at midnight`. */

/** Longer subjects are cut by `git log --oneline` in a usual terminal and by most web pages. */
const LONGEST_SUBJECT = 72;
const FORM = /^([^\s:]+): (\S.*)$/;
/** One folder or subject of the repository, or two separated by a slash. */
const AREA = /^[a-z][a-z0-9-]*(?:\/[a-z0-9-]+)?$/;
const RELEASE = /^release: \d+\.\d+\.\d+(?:-[0-9a-z.-]+)?$/;
/** Verbs whose imperative has the ending of another form: `add` becomes `added`, but `need` is an imperative. */
const IMPERATIVES = new Set(
  (
    'bleed breed embed exceed feed heed need proceed seed shed speed succeed weed wed ' +
    'bring cling fling ping ring sing spring sting string swing wring alias bias focus'
  ).split(' '),
);
const NO_VERBS = new Set(['a', 'an', 'the', 'no', 'not', 'new', 'some', 'more', 'it', 'this', 'that', 'when', 'where']);

/**
 * Checks one subject.
 * @returns what is wrong with it, one sentence for each problem; empty when the subject follows the rule.
 */
export function findSubjectProblems(subject: string): string[] {
  if (RELEASE.test(subject)) return [];
  const problems: string[] = [];
  if (subject.length > LONGEST_SUBJECT) {
    problems.push(`it has ${subject.length} characters; at most ${LONGEST_SUBJECT} are allowed`);
  }
  if (/[.!,;:]$/.test(subject)) problems.push('it ends with a punctuation mark');
  const [, area, text] = FORM.exec(subject) ?? [];
  if (area === undefined || text === undefined) {
    return [...problems, 'it does not have the form "area: imperative"'];
  }
  if (!AREA.test(area)) problems.push(`the area "${area}" is not one lower-case word, such as "store" or "docs"`);
  return [...problems, ...findVerbProblems(text.split(' ', 1)[0] ?? '')];
}

/** Checks the first word after the colon, which is the verb in the imperative. */
function findVerbProblems(word: string): string[] {
  if (IMPERATIVES.has(word)) return [];
  if (!/^[a-z][a-z-]+$/.test(word)) return [`"${word}" is not a lower-case verb`];
  if (NO_VERBS.has(word)) return [`"${word}" is not a verb`];
  if (/ed$|ing$|[^s]s$/.test(word)) return [`"${word}" is not an imperative: write "add", not "added" or "adds"`];
  return [];
}
