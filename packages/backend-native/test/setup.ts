import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SpikewardError, UnavailableError, type Plan } from '@spikeward/core/backend'
import { instructionSets as all, loadAddon } from '../src/addon.js'
import { encodePlan, encodeProduct } from '../src/encode.js'
import { fusePlan } from '../src/fuseTiles.js'
import type { TilingMode } from '../src/tileRows.js'
import { native, type InstructionSet } from '../src/index.js'

// Builds what has changed, so that a single test file can run in a fresh clone; otherwise it takes a few milliseconds.
if (!process.env['SPIKEWARD_NATIVE']) {
  spawnSync(process.execPath, [fileURLToPath(new URL('../scripts/build-native.mjs', import.meta.url))], {
    stdio: 'ignore',
  })
}

/** The instruction sets that this machine can run, or the reason why there is no native backend. */
async function available(): Promise<{ readonly instructionSets: readonly InstructionSet[]; readonly reason: string }> {
  const instructionSets: InstructionSet[] = []
  for (const instructionSet of all) {
    try {
      await (await native({ instructionSet, threads: 1 }))[Symbol.asyncDispose]()
      instructionSets.push(instructionSet)
    } catch (error) {
      if (error instanceof UnavailableError) return { instructionSets: [], reason: error.message }
      if (!(error instanceof SpikewardError && error.code === 'UNSUPPORTED_INSTRUCTION_SET')) throw error
    }
  }
  return { instructionSets, reason: '' }
}

export const { instructionSets, reason } = await available()

/** A plan encoded for the addon, with tile-fused groups according to `mode`. */
export function encoded(plan: Plan, mode: TilingMode = 'off'): Float64Array {
  const core = new (loadAddon().NativeBackend)(1, 'auto')
  try {
    return encodePlan(fusePlan(plan, mode, (routine) => core.product(encodeProduct(routine))))
  } finally {
    core.dispose()
  }
}
