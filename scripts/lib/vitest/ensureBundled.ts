/** A global setup of Vitest: no test loads a bundle that is older than its sources. */
import type { TestProject } from 'vitest/node'
import { ensureBundled } from '../setup.mjs'

/** In watch mode the tests load sources (`packageBundles.ts`). */
export function setup({ vitest }: TestProject): void {
  if (!vitest.config.watch) ensureBundled()
}
