/** An instant as the page writes it, as a part of a regular expression: with its day where that is not today. */
export const MINUTE = String.raw`(?:\d+ [A-Z][a-z]+ )?\d\d:\d\d`;
export const SECOND = String.raw`${MINUTE}:\d\d`;
