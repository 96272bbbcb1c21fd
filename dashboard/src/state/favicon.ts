/** The sign of the tab: its shape and its colour say how the host is. The four pictures are files beside the page. */
import type { Tone } from '../words/tone.js';

export function showFavicon(tone: Tone): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = `./favicon-${tone}.svg`;
  if (link !== null && link.getAttribute('href') !== href) link.setAttribute('href', href);
}
