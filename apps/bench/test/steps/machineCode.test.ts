import { SpikewardError } from '@spikeward/core'
import { type InstructionSet, native } from '@spikeward/backend-native'
import { expect, test } from 'vitest'
import { standard } from '../../src/step/stepSettings.js'
import { makeWorkload } from '../../src/step/workload.js'

/** A kernel in the description of an executable: its name, its points, and whether it is machine code. */
const kernel = /^ *kernel (\w+): \d+ tiles of (\d+) points(.*)$/gm

/** Whether an error states that this machine lacks the backend or its instruction set. */
const isLack = (error: unknown): error is SpikewardError =>
  error instanceof SpikewardError && ['NATIVE_UNAVAILABLE', 'UNSUPPORTED_INSTRUCTION_SET'].includes(error.code)

/** The instruction sets of this processor that have generated code. */
const sets: InstructionSet[] = []
/** Why the others are not tested. */
const lacks: string[] = []
for (const instructionSet of ['avx512', 'avx2', 'neon'] as const) {
  try {
    await using _ = await native({ threads: 1, instructionSet })
    sets.push(instructionSet)
  } catch (error) {
    if (!isLack(error)) throw error
    lacks.push(`${instructionSet}: ${error.message}`)
  }
}
// No processor has all of them, so that one which is absent is no skipped test.
if (sets.length > 0) console.log(`machine code is not tested on ${lacks.join('; ')}`)

test.for(['rfg', 'spsa', 'bp'])(
  'scans, random directions and Adam of a step by %s are machine code on each instruction set',
  async (estimator, context) => {
    context.skip(sets.length === 0, lacks.join('; '))
    for (const instructionSet of sets) {
      await using backend = await native({ threads: 1, instructionSet })
      const settings = { ...standard, estimator, widths: [2, 24, 20, 1], time: 4, batch: 64 }
      const workload = await makeWorkload(settings, backend, false)
      const rows = [...workload.executable.source.matchAll(kernel)].filter(([, , points]) => Number(points) > 1)
      workload.dispose()
      const has = (part: string): boolean => rows.some(([, name = '']) => name.includes(part))
      expect([has('scan'), has('threefry')], instructionSet).toEqual([true, estimator !== 'bp'])
      const interpreted = rows.filter(([, , , how = '']) => !how.includes('machine code')).map(([, name]) => name)
      // Machine code joins two or more operations; a sum of the reverse pass is one.
      expect(new Set(interpreted), instructionSet).toEqual(new Set(estimator === 'bp' ? ['sum'] : []))
    }
  },
)
