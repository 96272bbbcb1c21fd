/** The dashboard is plain files under a strict content security policy: nothing inline, nothing from another host. */
export default {
  base: './',
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
