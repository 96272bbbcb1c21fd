/**
 * uPlot makes a number format of `navigator.language` while it is loaded. Where the browser runs in the C locale that is
 * `en-US@posix`, which is no language tag: it would throw, and the page would stay empty. Import this before uPlot.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
