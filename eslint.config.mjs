/** The linter: correctness by types, and who may import whom. The layout is Biome's (biome.json). */
import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import svelte from 'eslint-plugin-svelte'
import { configs as typescript, parser } from 'typescript-eslint'
import { forbidden, graph } from './scripts/graph.mjs'

/** No default exports: a name is the same everywhere. Configuration files are read by tools that ask for one. */
const namedExports = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name.',
}

/** @type {import('eslint').Linter.Config[]} */
const boundaries = Object.keys(graph).flatMap((name) =>
  [false, true].map((inTests) => ({
    files: [`packages/${name}/${inTests ? 'test' : 'src'}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: forbidden(name, inTests).flatMap((n) => [n, `${n}/*`]),
              message: 'Against the graph of packages (scripts/graph.mjs).',
            },
          ],
        },
      ],
    },
  })),
)

export default defineConfig(
  globalIgnores([
    '**/dist/**',
    '**/node_modules/**',
    'reports/**',
    'runs/**',
    '**/.turbo/**',
    'docs/.vitepress/cache/**',
    'docs/.vitepress/dist/**',
    'docs/api/**',
    'docs/test/.blocks/**',
  ]),
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { 'prefer-const': 'error', eqeqeq: ['error', 'always'] },
  },
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [typescript.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // Numbers in messages are what messages are for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Contracts are records of pure functions: none of their methods uses `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A factory's async method may need no await to keep its contract.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', namedExports],
    },
  },
  // After TypeScript's own, whose parser it takes for what stands between the script tags.
  { files: ['**/*.svelte'], extends: [svelte.configs.recommended] },
  {
    files: ['**/*.svelte'],
    languageOptions: { parserOptions: { parser, extraFileExtensions: ['.svelte'] } },
    // Names that are not defined are found by svelte-check.
    rules: { 'no-undef': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', performance: 'readonly' },
    },
  },
  {
    files: ['**/*.config.ts', '**/*.config.*.ts', 'vitest.*.ts', 'docs/.vitepress/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  ...boundaries,
)
