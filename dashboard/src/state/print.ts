/** While the page is printed it is light, and its links carry their addresses, since paper cannot be clicked. */
import { isPrinting } from './theme.js';

export function followPrinting(): void {
  addEventListener('beforeprint', () => setPrinting(true));
  addEventListener('afterprint', () => setPrinting(false));
  const media = matchMedia('print');
  media.addEventListener('change', () => setPrinting(media.matches));
}

function setPrinting(starts: boolean): void {
  if (starts) writeAddresses();
  isPrinting.value = starts;
}

/** A style sheet can only print the attribute, which is relative. In tables the addresses would take the place of the figures. */
function writeAddresses(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('main a[href]')) {
    if (link.closest('table') === null) link.dataset['address'] = link.href;
  }
}
