import tseslint from 'typescript-eslint';

/** The rules of `no-restricted-syntax` are selectors over the syntax tree of ESLint. */
const DEFAULT_EXPORT = { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' };
const LITERAL_SPREADS = [
  {
    selector: 'ObjectExpression > SpreadElement > ObjectExpression',
    message: 'Write the properties out: the spread of an object literal adds nothing.',
  },
  {
    selector: 'ArrayExpression > SpreadElement > ArrayExpression',
    message: 'Write the elements out: the spread of an array literal adds nothing.',
  },
];
const LATE_CONSTANT = {
  selector:
    'Program > :matches(FunctionDeclaration, ExportNamedDeclaration:has(> FunctionDeclaration)) ~ ' +
    ':matches(VariableDeclaration, ExportNamedDeclaration) VariableDeclarator[id.name=/^[A-Z][A-Z0-9_]*$/]',
  message: 'Move the constant to the top of the file, before the first function.',
};

export default tseslint.config(
  { ignores: ['assets/**', 'dist/', 'data/', 'node_modules/', 'coverage/', '**/*.cjs', '**/*.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Off, because there are no classes: functions in interfaces are closures that use no `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Every line counts, so that a file fits the reader's memory; comments are part of what is read.
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      'no-restricted-syntax': ['error', DEFAULT_EXPORT, LATE_CONSTANT, ...LITERAL_SPREADS],
    },
  },
  {
    // The core is pure: the time and random numbers are arguments.
    files: [
      'daemon/{host,snapshot,pool,forecast,score,advice,alert}/**/*.ts',
      'daemon/{units,quantities,errors,mail-address}.ts',
      'daemon/wire/*.ts',
    ],
    rules: {
      'no-restricted-globals': ['error', 'process', 'Buffer', 'performance', 'setTimeout', 'setInterval', 'console'],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'The core never reads a clock: take the time as an argument.' },
        {
          object: 'Math',
          property: 'random',
          message: 'The core has no randomness: take random numbers as an argument.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'vitest.config.ts', 'dashboard/vite.config.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-console': 'off',
      'no-restricted-syntax': ['error', LATE_CONSTANT, ...LITERAL_SPREADS],
    },
  },
  {
    // In a test a constant may stand beside the cases that use it.
    files: ['test/**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...LITERAL_SPREADS] },
  },
);
