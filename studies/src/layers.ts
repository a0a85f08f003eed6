/** Convolutions and Fourier layers beside PyTorch's, forward and backward, in processor time on one thread. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  add,
  cast,
  conv,
  jit,
  key as keyOf,
  less,
  normal,
  scan,
  spectralConv,
  toBackend,
  treeLeaves,
  uniform,
  vjp,
  zeros,
} from '@spikeward/core'
import type { Backend, Tensor, Tree } from '@spikeward/core'
import { sampleMedian } from '@spikeward/train'
import { type Study, PYTHON, digits, titled } from './tools.js'
import { root } from './stored.js'

type Sizes = { readonly grid: readonly number[]; readonly samples: number; readonly channels: number }
type Case =
  | { readonly layer: 'convolution'; readonly sizes: Sizes & { readonly kernel: number } }
  | { readonly layer: 'fourier'; readonly sizes: Sizes & { readonly modes: number } }

const cases: readonly Case[] = [
  { layer: 'convolution', sizes: { grid: [256], samples: 20, channels: 24, kernel: 5 } },
  { layer: 'convolution', sizes: { grid: [64, 64], samples: 4, channels: 16, kernel: 3 } },
  { layer: 'convolution', sizes: { grid: [32, 32], samples: 8, channels: 64, kernel: 3 } },
  { layer: 'fourier', sizes: { grid: [128], samples: 20, channels: 24, modes: 12 } },
  { layer: 'fourier', sizes: { grid: [29, 29], samples: 20, channels: 24, modes: 8 } },
  { layer: 'fourier', sizes: { grid: [64, 64], samples: 4, channels: 24, modes: 12 } },
]

/** Share of spikes at the input of a convolution, and the steps of time that follow each other in one call. */
const ACTIVE = 0.2
const STEPS = 8
const CALLS = 10

/** Milliseconds of processor time of a call. */
type Times = { readonly forward: number; readonly backward: number }

/** A layer here and in PyTorch; `spikes`: forward, with spikes at the input, of convolutions. Medians over rounds. */
export type LayersRow = Case & { readonly own: Times & { readonly spikes?: number }; readonly torch: Times }

/** Layers on a grid beside PyTorch's. */
export interface Layers {
  readonly torch: string
  readonly rounds: number
  readonly rows: readonly LayersRow[]
}

/** Computations of one call, which return their results. */
async function ownOf({ layer, sizes }: Case, backend: Backend): Promise<Readonly<Record<string, () => Tree>>> {
  const { grid, samples, channels } = sizes
  const key = keyOf(1, { backend })
  const shape = [samples, ...grid, channels]
  const x = normal(key.fold(1), shape)
  const cotangent = normal(key.fold(2), shape)
  const subset =
    'modes' in sizes ? [...grid.slice(1).map(() => 2 * sizes.modes), sizes.modes] : grid.map(() => sizes.kernel)
  const weights = [3, 4].map((k) => normal(key.fold(k), [...subset, channels, channels]))
  const apply = (v: Tensor, re: Tensor, im: Tensor): Tensor =>
    layer === 'fourier' ? spectralConv(v, { re, im }) : conv(v, re)
  const [re, im] = weights as [Tensor, Tensor]
  const forward = jit(apply)
  const backward = jit((v: Tensor, a: Tensor, b: Tensor, ct: Tensor) => vjp(apply, v, a, b)[1](ct))
  const dense = { forward: () => forward(x, re, im), backward: () => backward(x, re, im, cotangent) }
  if (layer === 'fourier') return dense
  const spikes = cast(less(uniform(key.fold(5), [STEPS, ...shape]), ACTIVE), 'f32')
  const start = await toBackend(zeros(shape), backend)
  const sums = jit(
    (xs: Tensor, w: Tensor, y: Tensor) =>
      scan((total: Tensor, v: Tensor): [Tensor, []] => [add(total, conv(v, w)), []], y, xs)[0],
  )
  return { ...dense, spikes: () => sums(spikes, re, start) }
}

/** Milliseconds of processor time of a call: all threads of this process. */
async function processorTime(compute: () => Tree, calls: number): Promise<number> {
  const begun = process.cpuUsage()
  for (let i = 0; i < calls; i++) {
    const results = treeLeaves(compute())
    if (i === calls - 1) await Promise.all(results.map((t) => t.data()))
    for (const t of results) t.dispose()
  }
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000 / calls
}

/** The peer's process: it answers each request with a line. */
function openPeer() {
  const child = spawn(PYTHON, [join(root, 'studies/peers/layers.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask(request: object): Promise<Times & { readonly torch: string }> {
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>
      if (done === true) throw new Error(`${PYTHON} studies/peers/layers.py ended without an answer`)
      return JSON.parse(value) as Times & { readonly torch: string }
    },
    close: () => child.stdin.end(),
  }
}

const nameOf = ({ layer, sizes }: Case): string =>
  'kernel' in sizes
    ? `convolution, kernels of ${sizes.grid.map(() => sizes.kernel).join(' × ')}`
    : `${layer} layer, ${sizes.modes} modes`

/** Layers on a grid in two libraries. */
export const layers: Study<Layers> = {
  name: 'layers',
  summary: 'convolutions and Fourier layers beside those of PyTorch, in processor time on one thread',
  async run({ quick, backend, log }) {
    const rounds = quick ? 1 : 5
    const peer = openPeer()
    const rows: LayersRow[] = []
    let torch = ''
    for (const one of cases) {
      const contenders = await ownOf(one, backend)
      for (const compute of Object.values(contenders)) await processorTime(compute, 2)
      const own: Record<string, number[]> = {}
      const theirs: Record<string, number[]> = {}
      for (let round = 0; round < rounds; round++) {
        for (const [name, compute] of Object.entries(contenders))
          (own[name] ??= []).push(await processorTime(compute, CALLS))
        const { torch: version, ...times } = await peer.ask({ case: one, calls: CALLS })
        torch = version
        for (const [name, ms] of Object.entries(times)) (theirs[name] ??= []).push(ms)
      }
      const median = (of: Readonly<Record<string, readonly number[]>>, name: string): number => sampleMedian(of[name]!)
      rows.push({
        ...one,
        own: {
          ...{ forward: median(own, 'forward'), backward: median(own, 'backward') },
          ...(own['spikes'] === undefined ? {} : { spikes: median(own, 'spikes') / STEPS }),
        },
        torch: { forward: median(theirs, 'forward'), backward: median(theirs, 'backward') },
      })
      log(`${nameOf(one)}: ${JSON.stringify(rows.at(-1))}`)
    }
    peer.close()
    return { torch, rounds, rows }
  },
  table({ torch, rounds, rows }) {
    const speed = (theirs: number, own: number | undefined): string => (own === undefined ? '–' : digits(theirs / own))
    return titled(
      `Speed on one thread ÷ that of torch ${torch}`,
      [
        [
          'layer',
          'input',
          'ms forward',
          'ms backward',
          'forward',
          'backward',
          'both',
          `forward, ${100 * ACTIVE} % spikes ÷ its dense`,
        ],
        ...rows.map((row) => {
          const { own, torch: theirs, sizes } = row
          return [
            ...[nameOf(row), `${[sizes.samples, ...sizes.grid, sizes.channels].join(' × ')}`],
            ...[digits(own.forward), digits(own.backward)],
            ...[speed(theirs.forward, own.forward), speed(theirs.backward, own.backward)],
            speed(theirs.forward + theirs.backward, own.forward + own.backward),
            speed(theirs.forward, own.spikes),
          ]
        }),
      ],
      `Processor time, medians of ${rounds} alternating rounds of ${CALLS} calls. Backward: the cotangents of the input and the weights. PyTorch has the faster of its two layouts, and its convolutions are oneDNN's. With spikes a call sums the maps of ${STEPS} steps, of which the time is that of one.`,
    )
  },
}
