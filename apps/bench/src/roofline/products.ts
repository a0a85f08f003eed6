/** Dense products compared with the best available library: torch.mm, which uses OpenBLAS or oneMKL. */
import { spawnSync } from 'node:child_process'
import type { Backend, DeviceBuffer, Plan } from '@spikeward/core/backend'
import { peerScript } from '../io.js'
import { interpreterWith, pythonEnvironment } from '../peers/python.js'
import type { InstructionSet } from '../backends.js'
import { leastOf } from './timeParts.js'

/** Rows, columns, depth. */
export type Size = readonly [m: number, n: number, k: number]

/** A product's speed by our backend and by the library; null if not available. */
export type ProductResult = { readonly size: Size; readonly flopsPerSecond: number; readonly torch: number | null }

const operations = ([m, n, k]: Size): number => 2 * m * n * k

/** C [m, n] = A [m, k] · B [k, n], as a plan. */
const productPlan = ([m, n, k]: Size): Plan => {
  const whole = (slot: number) => ({ slot, offset: 0, advance: [] })
  return {
    slots: [
      { kind: 'input', index: 0, dtype: 'f32', size: m * k },
      { kind: 'input', index: 1, dtype: 'f32', size: k * n },
      { kind: 'output', index: 0, dtype: 'f32', size: m * n },
    ],
    inputs: 2,
    outputs: 1,
    donations: [null],
    workspace: 0,
    steps: [
      {
        kind: 'routine',
        routine: {
          ...{ kind: 'dot', dtype: 'f32', batch: 1, m, n, k, binary: false },
          a: { batch: 0, m: k, k: 1 },
          b: { batch: 0, k: n, n: 1 },
        },
        ins: [whole(0), whole(1)],
        outs: [whole(2)],
      },
    ],
  }
}

/** The speed of our product in operations per second, the best within `budgetMs`. */
async function timeOurs(backend: Backend, size: Size, budgetMs: number): Promise<number> {
  const [m, n, k] = size
  const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5)
  const buffers = [m * k, k * n, m * n].map((count) => backend.allocate(4 * count))
  const [a, b, c] = buffers as [DeviceBuffer, DeviceBuffer, DeviceBuffer]
  backend.write(a, numbers(m * k))
  backend.write(b, numbers(k * n))
  const executable = backend.compile(productPlan(size))
  const ms = await leastOf(() => executable.run([a, b], [c]), 1, budgetMs)
  executable.dispose()
  buffers.forEach((buffer) => backend.free(buffer))
  return operations(size) / (ms / 1000)
}

/** torch.mm at each size, in operations per second; null if no interpreter has torch. */
function timeTorch(python: string, env: NodeJS.ProcessEnv, sizes: readonly Size[], budgetMs: number): number[] | null {
  const args = [peerScript('python/torch_mm.py'), JSON.stringify({ sizes, budgetMs })]
  const { status, stdout } = spawnSync(python, args, { env, encoding: 'utf8' })
  if (status !== 0) return null
  const seconds = JSON.parse(stdout) as readonly number[]
  return sizes.map((size, i) => operations(size) / (seconds[i] ?? Number.NaN))
}

export type ProductOptions = {
  readonly threads: number
  /** Alternating rounds; the best of all counts. */
  readonly rounds: number
  /** Milliseconds for each product in each round. */
  readonly budgetMs: number
  /** The instruction set of torch.mm; default: its own choice. */
  readonly instructionSet?: InstructionSet
}

export async function timeProducts(
  backend: Backend,
  sizes: readonly Size[],
  { threads, rounds, budgetMs, instructionSet }: ProductOptions,
): Promise<readonly ProductResult[]> {
  const env = pythonEnvironment(threads, instructionSet)
  const python = interpreterWith(['torch'], env)
  const best = (all: readonly (readonly number[])[], i: number): number => Math.max(...all.map((one) => one[i] ?? 0))
  const ours: number[][] = []
  const theirs: number[][] = []
  for (let round = 0; round < rounds; round++) {
    const own: number[] = []
    for (const size of sizes) own.push(await timeOurs(backend, size, budgetMs))
    ours.push(own)
    const torch = python === null ? null : timeTorch(python, env, sizes, budgetMs)
    if (torch !== null) theirs.push(torch)
  }
  return sizes.map((size, i) => ({
    size,
    flopsPerSecond: best(ours, i),
    torch: theirs.length === 0 ? null : best(theirs, i),
  }))
}
