import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Folders that a folder must not import from: the arrows of docs/architecture.md. */
const forbid = (files, folders, why) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: folders.map((folder) => ({ group: [`**/${folder}/**`, `**/${folder}`], message: why })) }] },
});

export default tseslint.config(
  { ignores: ['dist', '.serverless', 'coverage', '.floe', 'node_modules'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/require-await': 'off', // an interface may promise what one implementation knows at once
    },
  },
  { files: ['tests/**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  forbid(['src/lib/**/*.ts'], ['handlers', 'cli', 'localcloud'], 'src/lib takes data, clock and ports as arguments; it knows no caller'),
  forbid(['src/handlers/**/*.ts'], ['cli', 'localcloud'], 'a handler knows src/lib only'),
  forbid(['localcloud/**/*.ts'], ['src', 'cli'], 'the embedded cloud knows AWS and nothing of floe'),
  {
    files: ['**/*.cjs', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', performance: 'readonly', console: 'readonly', module: 'writable', require: 'readonly', URL: 'readonly', fetch: 'readonly', setTimeout: 'readonly', clearTimeout: 'readonly' } },
  },
);
