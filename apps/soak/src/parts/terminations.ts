import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { native } from '@spikeward/backend-native'
import { SpikewardError } from '@spikeward/core'
import { mix } from '../randomOf.js'
import type { Part } from './part.js'

/** Threads that a round ends. */
const ROUND = 100

/** Worker threads ended while native compiles, runs and disposes: the process survives. One process a round, which a crash ends. */
export const terminations: Part = {
  name: 'terminations',
  unit: 'worker threads ended in native code',
  target: 6000,
  async open({ key, root }) {
    const sets: string[] = []
    for (const set of ['avx512', 'avx2', 'portable'] as const) {
      try {
        await (await native({ instructionSet: set, threads: 1 }))[Symbol.asyncDispose]()
        sets.push(set)
      } catch (error) {
        if (!(error instanceof SpikewardError)) throw error
      }
    }
    if (sets.length === 0) return 'this machine has no native backend'
    const script = join(root, 'packages/backend-native/scripts/terminate-workers.mjs')
    return {
      async round(index) {
        const set = sets[index % sets.length]!
        const roundKey = mix(key, index) & 0x7fffffff
        const args = [script, '--count', String(ROUND), '--key', String(roundKey), '--set', set]
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
        let err = ''
        child.stderr.on('data', (text: Buffer) => (err += text.toString()))
        const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
          child.on('close', (...how) => resolve(how)),
        )
        const fault = code === 0 ? null : `exit code ${code}, signal ${signal}: ${err.slice(0, 500)}`
        return {
          tries: ROUND,
          found: fault === null ? [] : [{ what: fault, how: { set, key: roundKey, count: ROUND } }],
          counts: { [set]: ROUND },
        }
      },
      close: async () => {},
    }
  },
}
