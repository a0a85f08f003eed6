import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chips } from '@spikeward/chip'
import { commandLine } from '../../accuracy/commandLine.js'
import { commandResult } from '../../accuracy/commandResult.js'
import { lines } from '../../report/figure.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { mean } from '../../sampleStatistics.js'
import { count, counts, keys, oneOf, someOf } from '../../argumentParsers.js'
import { backendNames } from '../../backends.js'
import { meanAndSpread } from '../meanAndSpread.js'
import { backendFlags, chipOperators, trainOperator } from '../operatorRun.js'
import type { OperatorSettings } from '../operatorRun.js'

const chipNames = Object.keys(chips) as (keyof typeof chips)[]

type Settings = OperatorSettings & {
  readonly problems: readonly string[]
  readonly chip: string
  readonly bits: readonly number[]
  readonly keys: readonly number[]
}

/** An operator network in floats, with only its readout solved, and in integers of each width. */
type OperatorRow = {
  readonly problem: string
  readonly key: number
  readonly baselineRidge: number | null
  readonly float: number
  readonly quantised: readonly { readonly bits: number; readonly relativeL2: number }[]
}

/** `quantised-operators`: the error of DeepONets whose branch and trunk run in a chip's integers, by the bits of a weight. */
export const quantisedOperators = defineBenchmark<Settings, { readonly rows: readonly OperatorRow[] }>({
  name: 'quantised-operators',
  folder: 'hardware',
  about: 'errors of operator networks with branch and trunk in the integers of a chip, beside floats',
  options: (command) =>
    command
      .option('--backend <name>', 'backend that trains and simulates', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option('--problems <list>', 'operators', someOf(...chipOperators), [...chipOperators])
      .option('--chip <name>', 'the chip', oneOf(...chipNames), 'loihi2')
      .option('--bits <list>', 'bits of a weight, including its sign', counts, [8, 6, 4])
      .option('--keys <list>', 'keys of the networks', keys, [81, 82, 83, 84, 85])
      .option('--hidden <list>', 'widths of the hidden layers of branch and trunk', counts, [64, 64])
      .option('--time <n>', 'time steps', count, 32)
      .option('--steps <n>', 'steps of training in floats', count, 1000)
      .option('--sizes <list>', 'functions for training, validation and test', '800,100,300'),
  quick: { problems: ['poisson-1d'], bits: [8, 4], keys: [81], hidden: [6, 6], time: 8, steps: 6, sizes: '40,10,10' },
  async measure(s, { io }) {
    const program = await commandLine()
    const folder = await mkdtemp(join(tmpdir(), 'spikeward-operators-'))
    const rows: OperatorRow[] = []
    try {
      for (const problem of s.problems) {
        for (const key of s.keys) {
          const run = join(folder, `${problem}-${key}`)
          const { relativeL2, baselineRidge } = await trainOperator(program, problem, s, key, run)
          const quantised: OperatorRow['quantised'][number][] = []
          for (const bits of s.bits) {
            const found = await commandResult<{ readonly relativeL2: number }>(program, [
              ...['quantise', run, '--chip', s.chip, '--bits', String(bits), ...backendFlags(s)],
            ])
            quantised.push({ bits, relativeL2: found.relativeL2 })
          }
          rows.push({ problem, key, baselineRidge, float: relativeL2, quantised })
          const told = quantised.map((q) => `${q.bits} bits ${q.relativeL2.toFixed(4)}`)
          io.err(`${problem}, key ${key}: floats ${relativeL2.toFixed(4)}, ${told.join(', ')}\n`)
        }
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return { result: { rows }, samples: {} }
  },
  tables: ({ settings, rows }) => [
    {
      title: `Operator networks with branch and trunk in the integers of ${settings.chip}: ${settings.hidden.join('-')} each, T = ${settings.time}, relative L2 on the test functions`,
      head: ['problem', 'untrained, readout solved', 'floats', ...settings.bits.map((b) => `${b} bits`)],
      rows: settings.problems.map((problem) => {
        const own = rows.filter((r) => r.problem === problem)
        const ridge = own.flatMap((r) => r.baselineRidge ?? [])
        return [
          problem,
          ridge.length === 0 ? '—' : meanAndSpread(ridge),
          meanAndSpread(own.map((r) => r.float)),
          ...settings.bits.map((b) => meanAndSpread(own.map((r) => r.quantised.find((q) => q.bits === b)!.relativeL2))),
        ]
      }),
      note: `Mean ± standard deviation over the keys ${settings.keys.join(', ')}; DeepONets, ${settings.steps} steps of eligibility in floats. The host computes the constant currents of the first layers, both readouts and the product.`,
    },
  ],
  figures: ({ settings, rows }) => [
    lines(
      'Relative L2 of operator networks by the bits of a weight',
      settings.problems.flatMap((problem) =>
        settings.bits.map((bits) => ({
          x: bits,
          y: mean(
            rows.filter((r) => r.problem === problem).map((r) => r.quantised.find((q) => q.bits === bits)!.relativeL2),
          ),
          line: problem,
        })),
      ),
      { title: 'bits of a weight', log: false },
      { title: 'relative L2', log: true },
    ),
  ],
})
