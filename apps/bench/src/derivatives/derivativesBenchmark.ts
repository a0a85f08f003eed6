import { backendNames, openBackend } from '../backends.js'
import { showProgress } from '../progress.js'
import { lines } from '../report/figure.js'
import { digits, gflop } from '../report/formatNumbers.js'
import { defineBenchmark } from '../run/benchmark.js'
import { count, counts, oneOf, someOf } from '../argumentParsers.js'
import { measureDerivatives } from './measureDerivatives.js'
import type { DerivativeRow, DerivativeSettings } from './measureDerivatives.js'

/** Whether derivatives along one axis are measured. Older runs have no list of operators. */
const ofOrders = ({ operators = [] }: DerivativeSettings): boolean => operators.length === 0

type Settings = DerivativeSettings & { readonly backend: string; readonly threads: number }

/** `derivatives`: derivatives of high order in the coordinates, by Taylor mode and by nested jvps. */
export const derivatives = defineBenchmark<Settings, { readonly rows: readonly DerivativeRow[] }>({
  name: 'derivatives',
  folder: 'speed',
  about: 'derivatives of orders 1 to 4 in the coordinates: Taylor mode against nested jvps',
  options: (command) =>
    command
      .option('--hidden <list>', 'hidden layers of the network of two coordinates', counts, [128, 128])
      .option('--time <n>', 'time steps of leaky neurons; default: tanh units', count)
      .option('--points <n>', 'points', count, 1024)
      .option('--orders <list>', 'orders', counts, [1, 2, 3, 4])
      .option(
        '--operators <list>',
        'laplacian and biharmonic, instead of derivatives along one axis',
        someOf('laplacian', 'biharmonic'),
        [],
      )
      .option('--repeat <n>', 'rounds', count, 10)
      .option('--backend <name>', 'backend', oneOf(...backendNames), 'native')
      .option('--threads <n>', 'threads of the backend', count, 1),
  quick: { hidden: [16, 16, 16], points: 16, repeat: 1 },
  async measure({ backend: name, threads, ...settings }, { io }) {
    const progress = showProgress(io, settings.orders.length)
    await using backend = await openBackend(name, threads)
    try {
      const rows = await measureDerivatives(backend, settings, (row) => progress.step(row))
      return { result: { rows }, samples: {} }
    } finally {
      progress.stop()
    }
  },
  tables: ({ settings, rows }) => {
    const units = settings.time === undefined ? '' : `, T = ${settings.time}`
    const network = `${settings.backend}, 2-${settings.hidden.join('-')}-1${units}, ${settings.points} points`
    const [what, of] = ofOrders(settings)
      ? (['order', 'Derivatives along one axis'] as const)
      : (['nested jvps as', 'Operators by collapsed Taylor mode'] as const)
    return [
      {
        title: `${of}, compiled: ${network}`,
        head: [what, 'Taylor mode, ms', 'nested jvps, ms', 'times faster', 'GFLOP', 'nested'],
        rows: rows.map((r) => [
          r.operator ?? String(r.order),
          digits(r.jet.medianMs),
          digits(r.nested.medianMs),
          digits(r.speedup),
          gflop(r.jet.flops),
          gflop(r.nested.flops),
        ]),
      },
      {
        title: `The same without compilation, and the first call with it: ${network}`,
        head: [what, 'eager, Taylor mode, ms', 'nested', 'times faster', 'first call, ms', 'nested', 'times faster'],
        rows: rows.map((r) => [
          r.operator ?? String(r.order),
          digits(r.jet.eagerMs),
          digits(r.nested.eagerMs),
          digits(r.eagerSpeedup),
          digits(r.jet.firstMs),
          digits(r.nested.firstMs),
          digits(r.firstSpeedup),
        ]),
      },
    ]
  },
  figures: ({ settings, rows }) => [
    ...(ofOrders(settings)
      ? [
          lines(
            `A derivative over its order (${settings.backend})`,
            rows.flatMap((r) => [
              { x: r.order, y: r.jet.medianMs, line: 'Taylor mode' },
              { x: r.order, y: r.nested.medianMs, line: 'nested jvps' },
            ]),
            { title: 'order', log: false },
            { title: 'median ms', log: true },
          ),
        ]
      : []),
  ],
})
