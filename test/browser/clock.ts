/** Parts of regular expressions: an instant as the page writes it, with its day where that is not today. */
export const TO_MINUTE = String.raw`(?:\d+ [A-Z][a-z]+ )?\d\d:\d\d`;
export const TO_SECOND = String.raw`${TO_MINUTE}:\d\d`;
