/** Where the picture lies in the HTML of a mail, and how it is taken out again where it cannot be drawn. */

/** The Content-ID of the picture. One mail has one picture, so it is the same in all. */
export const PICTURE_CID = 'ports@portcast.invalid';
/** Strings from the host are escaped in the HTML, so they cannot contain these marks. */
export const PICTURE_MARK = '<!-- picture -->';
export const PICTURE_END = '<!-- end of picture -->';

const UNESCAPED: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** The HTML without its picture: a picture that is not in the mail would be shown as a broken one. */
export function withoutPicture(html: string): string {
  const from = html.indexOf(PICTURE_MARK);
  const to = html.indexOf(PICTURE_END, from);
  return from < 0 || to < 0 ? html : `${html.slice(0, from)}${html.slice(to + PICTURE_END.length)}`;
}

/** What the picture shows, in words: its title, as plain text. */
export function altOf(svg: string): string {
  const title = /<title>([^<]*)<\/title>/.exec(svg)?.[1] ?? '';
  return title.replaceAll(/&(amp|lt|gt|quot|#39);/g, (entity) => UNESCAPED[entity] ?? entity);
}
