import { join } from 'node:path'
import { native } from '@spikeward/backend-native'
import { mix } from '../randomOf.js'
import { type Part, lackOf } from './part.js'
import { live } from './processes.js'

/** Threads that a round ends. */
const ROUND = 100

/**
 * Worker threads ended while native compiles, runs and disposes: the process survives. One process a round, which a
 * crash ends.
 */
export const terminations: Part = {
  name: 'terminations',
  unit: 'worker threads ended in native code',
  target: 6000,
  async open({ key, root }) {
    const sets: string[] = []
    for (const instructionSet of ['avx512', 'avx2', 'portable'] as const)
      if ((await lackOf(() => native({ instructionSet, threads: 1 }))) === null) sets.push(instructionSet)
    if (sets.length === 0) return 'this machine has no native backend'
    const script = join(root, 'packages/backend-native/scripts/terminate-workers.mjs')
    return {
      async round(index) {
        const set = sets[index % sets.length]!
        const how = { set, key: mix(key, index) & 0x7fffffff, count: ROUND }
        const args = ['--count', String(ROUND), '--key', String(how.key), '--set', set]
        const { code, signal, err } = await live([script, ...args])
        const what = `exit code ${code}, signal ${signal}: ${err.slice(0, 500)}`
        return { tries: ROUND, found: code === 0 ? [] : [{ what, how }], counts: { [set]: ROUND } }
      },
    }
  },
}
