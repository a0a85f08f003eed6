import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SpikewardError } from '@spikeward/core/backend'
import type { Isa } from '../src/index.js'
import { native } from '../src/index.js'

// Builds what has changed, so that a single test file can be run in a fresh clone; elsewhere it takes a few milliseconds.
if (!process.env['SPIKEWARD_NATIVE']) {
  spawnSync(process.execPath, [fileURLToPath(new URL('../scripts/build-native.mjs', import.meta.url))], {
    stdio: 'ignore',
  })
}

/** The instruction sets that this machine can run, or why there is no native backend. */
async function available(): Promise<{ readonly isas: readonly Isa[]; readonly reason: string }> {
  const isas: Isa[] = []
  for (const isa of ['avx512', 'avx2', 'portable'] as const) {
    try {
      await (await native({ isa, threads: 1 }))[Symbol.asyncDispose]()
      isas.push(isa)
    } catch (error) {
      if (!(error instanceof SpikewardError)) throw error
      if (error.code === 'NATIVE_UNAVAILABLE') return { isas: [], reason: error.message }
      if (error.code !== 'UNSUPPORTED_ISA') throw error
    }
  }
  return { isas, reason: '' }
}

export const { isas, reason } = await available()
