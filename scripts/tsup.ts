/**
 * The two ways in which this workspace builds. `tsup` writes JavaScript only, in a fraction of a second, so that a
 * command runs at once; a package's `types` script (scripts/declarations.mjs) adds the declarations that others read.
 */
import { defineConfig } from 'tsup'

const shared = {
  format: 'esm',
  target: 'es2022',
  // Each of the two passes clears its own files alone.
  clean: ['!**/*.d.ts'],
  silent: true,
} satisfies Parameters<typeof defineConfig>[0]

/** A package for others: siblings, dependencies and Node's own modules stay imports. */
export const library = (entry: string[]) =>
  defineConfig({ ...shared, platform: 'neutral', entry, external: [/^node:/, /^@spikeward\//] })

/** A program: no package imports it, so it needs no declarations. */
export const application = (entry: string[]) =>
  defineConfig({ ...shared, platform: 'node', entry, external: [/^@spikeward\//] })
