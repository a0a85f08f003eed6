/**
 * The linter of Svelte components, which oxlint cannot read with types. Everything else is oxlint's (.oxlintrc.json);
 * the layout is Biome's (biome.json); the import direction is checked by scripts/checks/graph.mjs.
 */
import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import svelte from 'eslint-plugin-svelte'
import { configs as typescript, parser } from 'typescript-eslint'

export default defineConfig(globalIgnores(['**/dist/**']), {
  files: ['**/*.svelte'],
  // Svelte's configuration comes after TypeScript's, whose parser it uses inside the script tags.
  extends: [js.configs.recommended, typescript.recommendedTypeChecked, svelte.configs.recommended],
  linterOptions: { reportUnusedDisableDirectives: 'error' },
  languageOptions: {
    parserOptions: {
      parser,
      extraFileExtensions: ['.svelte'],
      project: 'apps/demo/tsconfig.lint.json',
      tsconfigRootDir: import.meta.dirname,
    },
  },
  rules: {
    eqeqeq: ['error', 'always'],
    'prefer-const': 'error',
    // svelte-check finds undefined names.
    'no-undef': 'off',
    '@typescript-eslint/consistent-type-imports': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    '@typescript-eslint/no-unused-vars': [
      'error',
      { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
    ],
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    // Contracts are records of pure functions: none of their methods uses `this`.
    '@typescript-eslint/unbound-method': 'off',
    '@typescript-eslint/require-await': 'off',
  },
})
