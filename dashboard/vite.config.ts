/** The dashboard is plain files under a strict content security policy: nothing inline, nothing from another host. */
export default {
  base: './',
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    // The policy allows data: images only; every other asset is a file.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
};
