/**
 * While it is loaded, uPlot makes a number format of `navigator.language`. A browser in the C locale reports
 * `en-US@posix`, which is no language tag: uPlot would throw and the page would stay empty. Import this before uPlot.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
