/**
 * The order in which test files begin: the longest first, so that no worker is left alone with one at the end. In
 * `npm run check`, the shortest begin first.
 */
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { root } from '../setup.mjs'

/**
 * Files of more than about ten seconds on a quiet machine, the longest first: isolated files, then those that share a
 * process.
 */
const longest = [
  'apps/demo/test/page/firstVisit.test.ts',
  'docs/test/site.test.ts',
  'apps/demo/test/page/webgpu.test.ts',
  'apps/demo/test/site.test.ts',
  'apps/demo/test/page/use.test.ts',
  'docs/test/commands/guides.test.ts',
  'apps/cli/test/ranks/ranks.test.ts',
  'docs/test/commands/gallery.test.ts',
  'packages/queue/test/faults/faults.test.ts',
  'apps/cli/test/schedule/queue.test.ts',
  'apps/cli/test/streams.test.ts',
  'packages/backend-webgpu/test/contract.test.ts',
  'apps/cli/test/training/interrupt.test.ts',
  'apps/demo/test/missing.test.ts',
  'apps/demo/test/share.test.ts',
  'apps/bench/test/speed/peers.test.ts',
  'apps/demo/test/data.test.ts',
  'docs/test/programs.test.ts',
  'packages/distributed/test/bits.test.ts',
  'packages/backend-webgpu/test/halves.test.ts',
  'apps/cli/test/plugins/examples.test.ts',
  'apps/cli/test/training/auto.test.ts',
  'apps/bench/test/speed/step.test.ts',
  'apps/cli/test/operator.test.ts',
  'packages/estimators/test/contract.test.ts',
  'apps/cli/test/training/margins.test.ts',
  'apps/cli/test/reproduce.test.ts',
  'packages/backend-cpu/test/contract.test.ts',
  'apps/cli/test/data.test.ts',
  'packages/backend-native/test/native.test.ts',
  'packages/backend-webgpu/test/tileFusion.test.ts',
  'apps/bench/test/speed/stepWebgpu.test.ts',
  'apps/cli/test/plugins/pluginKinds.test.ts',
  'packages/problems/test/files.test.ts',
  'packages/problems/test/pde.test.ts',
  'apps/cli/test/training/train.test.ts',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const place = longest.indexOf(relative(root, moduleId))
  return place < 0 ? longest.length : place
}

/** `npm run check` ends at a deadline: it begins with short files, so that it reaches most of them. */
const hasDeadline = (): boolean => process.env['TEST_DEADLINE'] !== undefined

/** Vitest constructs a sequencer, hence the class. */
export class LongestFirst extends BaseSequencer {
  /**
   * Vitest ends a shared process as soon as the next file is one that has its own, so that all files that share come
   * after all others, or before them if there is a deadline.
   */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const shares = ({ project }: TestSpecification): number => (project.config.isolate ? 0 : 1)
    const longestFirst = (a: TestSpecification, b: TestSpecification): number =>
      shares(a) - shares(b) || rank(a) - rank(b)
    // Files that are not listed keep the order of Vitest: those that failed, then the longest of its cache, or the
    // largest.
    const sorted = (await super.sort(files)).sort(longestFirst)
    return hasDeadline() ? sorted.reverse() : sorted
  }
}
