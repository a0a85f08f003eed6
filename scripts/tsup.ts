/**
 * The two builds of this workspace. `tsup` writes only JavaScript, in a fraction of a second, so that a command runs at
 * once; `npm run types` (scripts/build/declarations.mjs) adds the declarations for users.
 */
import { defineConfig } from 'tsup'

const shared = {
  format: 'esm',
  target: 'es2022',
  // Each of the two passes clears only its own files; old chunks go, and so does their list
  // (scripts/lib/replaceFiles.mjs).
  clean: ['.npmignore', '!**/*.d.ts'],
  silent: true,
} satisfies Parameters<typeof defineConfig>[0]

/**
 * A package for others: siblings, dependencies and Node's own modules stay imports. A stack trace names lines of its
 * sources, in tests as well as with `node --enable-source-maps`.
 */
export const library = (entry: string[]) =>
  defineConfig({ ...shared, platform: 'neutral', sourcemap: true, entry, external: [/^node:/, /^#/, /^@spikeward\//] })

/** A program: no package imports it, so it needs no declarations. */
export const application = (entry: string[]) =>
  defineConfig({ ...shared, platform: 'node', entry, external: [/^@spikeward\//] })
