import { loihi2, toDevice } from '@spikeward/chip'
import { backendNames, openBackend } from '../../backends.js'
import { lines } from '../../report/figure.js'
import { defineBenchmark } from '../../run/benchmark.js'
import { mean } from '../../sampleStatistics.js'
import { count, counts, keys, oneOf, someOf } from '../../argumentParsers.js'
import { chipProblems, floatRates } from '../chipProblems.js'
import { openDevice } from '../device/deviceTraining.js'
import type { DeviceErrors } from '../device/deviceTraining.js'
import { trainFloat } from '../floatTraining.js'
import { meanAndSpread } from '../meanAndSpread.js'

type Settings = {
  readonly backend: string
  readonly threads: number
  readonly problems: readonly string[]
  readonly bits: readonly number[]
  readonly keys: readonly number[]
  readonly hidden: readonly number[]
  readonly time: number
  readonly batch: number
  readonly steps: number
}

/** One network in floats, and in integers of each width. */
type QuantisedRow = {
  readonly problem: string
  readonly key: number
  readonly float: DeviceErrors
  readonly quantised: readonly { readonly bits: number; readonly errors: DeviceErrors }[]
}

/** The leak of all neurons. */
const BETA = 0.9

const tableOf = (name: keyof DeviceErrors, rows: readonly QuantisedRow[], { problems, bits }: Settings): string[][] =>
  problems.map((problem) => {
    const own = rows.filter((r) => r.problem === problem)
    const at = (b: number): number[] => own.map((r) => r.quantised.find((q) => q.bits === b)!.errors[name])
    return [problem, meanAndSpread(own.map((r) => r.float[name])), ...bits.map((b) => meanAndSpread(at(b)))]
  })

/** `quantised`: the error of networks in a chip's integers, by the bits of a weight. */
export const quantised = defineBenchmark<Settings, { readonly rows: readonly QuantisedRow[] }>({
  name: 'quantised',
  folder: 'hardware',
  about: 'errors of trained networks in the integers of a chip with 8, 6 and 4 bits a weight, beside floats',
  options: (command) =>
    command
      .option('--backend <name>', 'backend that trains and simulates', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1)
      .option(
        '--problems <list>',
        'the problems to learn',
        someOf(...Object.keys(chipProblems)),
        Object.keys(chipProblems),
      )
      .option('--bits <list>', 'bits of a weight, including its sign', counts, [8, 6, 4])
      .option('--keys <list>', 'keys of the networks', keys, [81, 82, 83, 84, 85])
      .option('--hidden <list>', 'widths of the hidden layers', counts, [64, 64])
      .option('--time <n>', 'time steps', count, 32)
      .option('--batch <n>', 'points or functions per step', count, 256)
      .option('--steps <n>', 'steps of training in floats', count, 800),
  quick: { problems: ['mexican-hat'], bits: [8, 4], keys: [81], hidden: [8, 8], time: 8, batch: 32, steps: 6 },
  async measure(s, { io }) {
    await using backend = await openBackend(s.backend, s.threads)
    const settings = { hidden: s.hidden, time: s.time, beta: BETA, batch: s.batch }
    const rows: QuantisedRow[] = []
    for (const problem of s.problems) {
      const made = await chipProblems[problem]!()
      for (const key of s.keys) {
        const how = {
          estimator: 'eligibility',
          learningRate: floatRates[problem]!.eligibility,
          steps: s.steps,
          key,
        } as const
        const float = await trainFloat(made, settings, how, backend)
        const found: QuantisedRow['quantised'][number][] = []
        for (const bits of s.bits) {
          const device = await openDevice(toDevice(loihi2, float.mlp, { bits }), float.readout, made, backend)
          found.push({ bits, errors: await device.errors('test') })
          device.dispose()
        }
        rows.push({ problem, key, float: float.errors, quantised: found })
        const shown = found.map((q) => `${q.bits} bits ${q.errors.relativeL2.toFixed(4)}`)
        io.err(`${problem}, key ${key}: floats ${float.errors.relativeL2.toFixed(4)}, ${shown.join(', ')}\n`)
      }
    }
    return { result: { rows }, samples: {} }
  },
  tables: ({ settings, rows }) =>
    (['relativeL2', 'solved'] as const).map((name) => ({
      title: `Relative L2 on the test points in the integers of ${loihi2.name}${name === 'solved' ? ', readout solved again on the host' : ''}: ${settings.hidden.join('-')}, T = ${settings.time}`,
      head: ['problem', 'floats', ...settings.bits.map((b) => `${b} bits`)],
      rows: tableOf(name, rows, settings),
      note:
        `Mean ± standard deviation over the keys ${settings.keys.join(', ')}; ${settings.steps} steps of eligibility in floats. All weights between spikes and those of the ` +
        'inputs are on the chip, inputs are payloads of 7 bits. An operator is a spiking branch whose readout gives the solution at the points of a fixed grid; its error is the mean over functions.',
    })),
  figures: ({ settings, rows }) => [
    lines(
      'Relative L2 by the bits of a weight',
      settings.problems.flatMap((problem) =>
        settings.bits.map((bits) => ({
          x: bits,
          y: mean(
            rows
              .filter((r) => r.problem === problem)
              .map((r) => r.quantised.find((q) => q.bits === bits)!.errors.relativeL2),
          ),
          line: problem,
        })),
      ),
      { title: 'bits of a weight', log: false },
      { title: 'relative L2', log: true },
    ),
  ],
})
