/** The order in which test files begin: the longest first, so that no worker is left alone with one at the end. */
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { root } from '../setup.mjs'

/** Files of more than about ten seconds of processor time, processes that they start included, the longest first. */
const longest = [
  'docs/test/site.test.ts',
  'apps/demo/test/site.test.ts',
  'docs/test/commands/guides.test.ts',
  'docs/test/commands/gallery.test.ts',
  'apps/bench/test/steps/step.test.ts',
  'packages/backend-webgpu/test/tileFusion.test.ts',
  'apps/cli/test/comparison.test.ts',
  'apps/cli/test/reproduce.test.ts',
  'packages/backend-native/test/native.test.ts',
  'packages/backend-webgpu/test/contract.test.ts',
  'apps/bench/test/steps/peers.test.ts',
  'apps/cli/test/operator.test.ts',
  'apps/cli/test/training/interrupt.test.ts',
  'packages/estimators/test/contract.test.ts',
  'apps/cli/test/ranks/ranks.test.ts',
  'apps/demo/test/missing.test.ts',
  'apps/cli/test/data.test.ts',
  'apps/bench/test/steps/stepWebgpu.test.ts',
  'apps/demo/test/share.test.ts',
  'packages/problems/test/files.test.ts',
  'apps/demo/test/operator.test.ts',
  'packages/backend-cpu/test/contract.test.ts',
  'packages/distributed/test/bits.test.ts',
  'apps/cli/test/training/margins.test.ts',
  'packages/backend-webgpu/test/training.test.ts',
  'packages/backend-webgpu/test/golden.test.ts',
  'packages/backend-webgpu/test/halves.test.ts',
  'packages/backend-webgpu/test/subgroups.test.ts',
  'apps/cli/test/plugins/examples.test.ts',
  'docs/test/programs.test.ts',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const place = longest.indexOf(relative(root, moduleId))
  return place < 0 ? longest.length : place
}

/** Vitest constructs a sequencer, hence the class. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // The rest keeps the order of Vitest: by its cache, or by size.
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
