import { SpikewardError, inOrder, key as keyOf } from '@spikeward/core'
import type {
  DataOptions,
  Domain,
  Generator,
  HostCoords,
  Key,
  OperatorData,
  OperatorProblem,
  Physics,
  Sensors,
  SourceFunction,
} from '@spikeward/core'
import { type Split, checkArraySize, checkSplit, SPLITS, whole } from '../checks.js'
import { countOf } from '../geometry/coordinates.js'

/** The options that all operator problems share. */
export type SplitOptions = {
  /** The key from which all functions are drawn. Default 0. */
  readonly key?: number
  /** Functions to learn from. */
  readonly train?: number
  /** Functions to choose settings by. */
  readonly validation?: number
  /** Functions to report on. */
  readonly test?: number
}

/** Options of {@link generatedProblem}. */
export type GeneratedProblem = {
  readonly name: string
  readonly axes: readonly string[]
  readonly domain: Domain
  readonly sensors: Sensors
  readonly at: HostCoords
  readonly sizes: { readonly train: number; readonly validation: number; readonly test: number }
  readonly key: number
  /** In words, everything that the solutions depend on, except sensors, `at`, sizes and key. */
  readonly signature: string
  readonly sample: Generator['sample']
  readonly solve: Generator['solve']
  readonly physics: Physics | null
}

/**
 * An operator problem from a function that draws input functions and a solver. The three sets come from three keys
 * split off the problem's key, so that no function is in two of them. Data are drawn on the first call of `data` and
 * then stored in memory.
 *
 * @throws INVALID_OPTION if a size is not a whole number of at least 1, or a set would have more than 2²⁷ values at
 *   sensors and points
 */
export function generatedProblem(spec: GeneratedProblem): OperatorProblem {
  const { name, axes, domain, sensors, at, sizes, physics } = spec
  for (const split of SPLITS) whole(name, split, sizes[split], 1)
  const points = countOf(at)
  for (const split of SPLITS) {
    checkArraySize(
      `${name}: ${sizes[split]} ${split} functions with ${sensors.count} sensors and ${points} points each`,
      sizes[split] * (sensors.count + points),
      'functions (sizes), sensors or points',
    )
  }
  const signature = JSON.stringify({
    format: 1,
    name,
    key: spec.key,
    sizes,
    definition: spec.signature,
    sensors: [...sensors.x],
    at: at.kind === 'grid' ? at.axes.map((a) => [...a]) : [...at.x],
  })
  const generator: Generator = {
    signature,
    sample: (k, n) => spec.sample(k, n),
    solve: (f, where) => spec.solve(f, where),
  }
  const known = new Map<string, Promise<OperatorData>>()
  return {
    kind: 'operator',
    name,
    axes,
    domain,
    outputs: 1,
    sensors,
    at,
    sizes,
    generator,
    physics,
    data(split, options = {}) {
      const before = known.get(split)
      if (before) return before
      const draw = async (): Promise<OperatorData> => {
        checkSplit(name, 'data', split)
        return generate(generator, keyOfSplit(spec.key, split), split, sizes[split], sensors, at, options)
      }
      const functions = draw()
      known.set(split, functions)
      // A set that was aborted or has failed is drawn again by the next call.
      functions.catch(() => known.delete(split))
      return functions
    },
  }
}

/** Draws the functions and solves for each. */
async function generate(
  generator: Generator,
  key: Parameters<Generator['sample']>[0],
  split: Split,
  total: number,
  sensors: Sensors,
  at: HostCoords,
  options: DataOptions,
): Promise<OperatorData> {
  const { functions, solutions } = await solveEach(generator, key, split, total, (f) => generator.solve(f, at), options)
  const points = countOf(at)
  const data = {
    count: total,
    sensors: new Float64Array(total * sensors.count),
    values: new Float64Array(total * points),
  }
  functions.forEach((f, i) => {
    data.sensors.set(f(sensors.x), i * sensors.count)
    data.values.set(solutions[i]!, i * points)
  })
  return data
}

/**
 * Draws functions and solves for each. Yields to the event loop about every 50 ms.
 *
 * @throws SOLVER_DIVERGED for a solution that is not finite
 */
export async function solveEach(
  { sample }: Pick<Generator, 'sample'>,
  key: Parameters<Generator['sample']>[0],
  split: Split,
  total: number,
  solve: (f: SourceFunction) => Float64Array,
  { onProgress, signal, share = inOrder }: DataOptions,
): Promise<{ readonly functions: readonly SourceFunction[]; readonly solutions: readonly Float64Array[] }> {
  signal?.throwIfAborted()
  onProgress?.({ split, done: 0, total })
  const functions = await sample(key, total)
  let yieldedAt = performance.now()
  const solutions = await share(total, async (i) => {
    const values = solve(functions[i]!)
    if (!values.every(Number.isFinite))
      throw new SpikewardError(
        'SOLVER_DIVERGED',
        `function ${i} of the ${split} set has no finite solution; give a smaller variance or a finer solver grid`,
      )
    if (performance.now() - yieldedAt > 50) {
      onProgress?.({ split, done: i + 1, total })
      await new Promise((resolve) => setTimeout(resolve))
      signal?.throwIfAborted()
      yieldedAt = performance.now()
    }
    return values
  })
  onProgress?.({ split, done: total, total })
  return { functions, solutions }
}

/** The key of each split of a problem's key. */
export const keyOfSplit = (key: number, split: Split): Key => keyOf(key).split(3)[SPLITS.indexOf(split)]!
