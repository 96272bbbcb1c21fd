/** What uPlot does when it is loaded, and the same done when it is needed, which the charts of the dashboard never do. */
const LAZY_IN_UPLOT: readonly (readonly [before: string, after: string])[] = [
  [
    "const numFormatter = new Intl.NumberFormat(domEnv ? nav.language : 'en-US');\nconst fmtNum = val => numFormatter.format(val);",
    'const fmtNum = val => new Intl.NumberFormat().format(val);',
  ],
  ['const localTz = new Intl.DateTimeFormat().resolvedOptions().timeZone;', ''],
  ['tz == localTz', 'tz == new Intl.DateTimeFormat().resolvedOptions().timeZone'],
];

/**
 * The first number format loads the tables of ICU, which takes longer than to run the scripts of the page until they draw. And a browser in the C
 * locale reports the language `en-US@posix`, which is no language tag, so that uPlot would throw and the page stay empty.
 */
const lazyUplot = {
  name: 'lazy-uplot',
  transform(code: string, id: string): string | null {
    if (!/\/uPlot\.esm\.js$/.test(id)) return null;
    return LAZY_IN_UPLOT.reduce((text, [before, after]) => {
      if (text.split(before).length !== 2) throw new Error(`uPlot has changed: it does not have '${before}' once`);
      return text.replace(before, after);
    }, code);
  },
};

/** The dashboard is plain files under a strict content security policy: nothing inline, nothing from another host. */
export default {
  base: './',
  plugins: [lazyUplot],
  // The development server would bundle it before any plugin sees it.
  optimizeDeps: { exclude: ['uplot'] },
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // The policy allows data: images only; every other asset is a file.
    assetsInlineLimit: 0,
    // index.html names the scripts of the first view, so that the browser requests all of them at once. A page that is loaded
    // later requests its own.
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_file: string, scripts: string[], { hostType }: { hostType: string }) =>
        hostType === 'html' ? scripts : [],
    },
    reportCompressedSize: false,
  },
};
