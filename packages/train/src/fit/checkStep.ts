import {
  SpikewardError,
  add,
  jit,
  jvp,
  mul,
  referenceBackend,
  smoothSpikes,
  treeFlatten,
  treeLeaves,
  treeUnflatten,
} from '@spikeward/core'
import { key as keyOf, normal, tensor } from '@spikeward/core'
import type { Backend, Key, Tensor, Tree, Variables } from '@spikeward/core'
import { place } from '../checkpoint/snapshot.js'
import type { Task } from '../tasks/task.js'

/** Largest difference of derivative and difference quotient, relative to the larger of them. */
const DERIVATIVE = 0.05

/**
 * Largest difference of the backend from the reference, relative to the value: smooth, and with spikes, which rounding
 * may flip.
 */
const SMOOTH = 5e-3
const SPIKING = 0.05

/** Step of the differences, relative to the size of the parameters. */
const STEP = 0.02

/** Relative rounding error of a loss in f32, a sum of many terms. */
const ROUNDING = 2e-6

/** The figures of a check that passed. */
export type Checked = {
  readonly step: number
  /**
   * The derivative of the smoothed loss along a random direction: by the rules of differentiation, and by finite
   * differences.
   */
  readonly derivative: number
  readonly difference: number
  /** The value on the run's backend minus the value on the reference, for the smoothed loss and for the loss. */
  readonly smoothError: number
  readonly lossError: number
}

type Inputs<P extends Tree, F extends Tree, D extends Tree> = { p: P; v: P; f: F; d: D; k: Key; h: Tensor }

const disposeTree = (tree: Tree): void => treeLeaves(tree).forEach((t) => t.dispose())

/** A random direction in which every tensor moves by as much as its own size. */
async function directionOf<P extends Tree>(params: P, key: Key): Promise<P> {
  const { leaves, structure } = treeFlatten(params)
  const inputs = await Promise.all(
    leaves.map(async (t, i) => {
      const data = Array.from(await t.data())
      const size = Math.sqrt(data.reduce((s, x) => s + x * x, 0) / Math.max(1, data.length))
      const dtype = t.dtype === 'f64' ? 'f64' : 'f32'
      const values = await normal(key.fold(i), t.shape, { dtype }).data()
      return tensor(
        values.map((z) => z * Math.max(size, 1e-3)),
        { shape: t.shape, dtype: t.dtype },
      )
    }),
  )
  return treeUnflatten(structure, inputs) as P
}

/** Runs a compiled function to scalars on a backend. */
async function valuesOn<T extends Tree>(
  run: (inputs: T) => readonly Tensor[],
  tree: T,
  backend: Backend,
): Promise<number[]> {
  const inputs = await place(tree, backend)
  const outs = run(inputs)
  try {
    return await Promise.all(outs.map((t) => t.item()))
  } finally {
    outs.forEach((t) => t.dispose())
    disposeTree(inputs)
  }
}

const failure = (code: string, step: number, what: string, remedy: string): SpikewardError =>
  new SpikewardError(code, `step ${step}: ${what}; ${remedy}`)

/**
 * Verifies a run at one step: a directional derivative of the smoothed loss against finite differences, both on the
 * reference backend, and the run's backend against the reference.
 *
 *     ⟨∇L̃(θ), v⟩  against  [8 (L̃(θ+hv) − L̃(θ−hv)) − (L̃(θ+2hv) − L̃(θ−2hv))] / 12h,    L̃: spikes replaced by `smoothSpikes`
 *
 * with v random, of the size of the parameters. The step h is taken twice, and their difference allows for kinks and
 * rounding.
 *
 * @throws CHECK_DERIVATIVE, CHECK_BACKEND
 */
export async function checkStep<P extends Tree, F extends Tree, D extends Tree>(
  task: Task<P, F, D>,
  { trained, fixed }: Variables<P, F>,
  backend: Backend,
  step: number,
): Promise<Checked> {
  const reference = referenceBackend()
  const [p, f, d] = [await place(trained, reference), await place(fixed, reference), task.data()]
  const k = keyOf(step)
  const v = await directionOf(p, k.fold(1))
  const inputsAt = (h: number): Inputs<P, F, D> => ({ p, v, f, d, k, h: tensor(h) })
  const loss = (q: P, { f: fx, d: dx, k: kx }: Inputs<P, F, D>): Tensor => task.objective(q, fx, dx, kx)
  const derivative = jit((g: Inputs<P, F, D>): readonly Tensor[] =>
    jvp(
      smoothSpikes((q: P) => loss(q, g)),
      [g.p],
      [g.v],
    ),
  )
  const moved = jit((g: Inputs<P, F, D>): readonly Tensor[] => {
    const at = (times: number): Tensor => {
      const shifts = treeLeaves(g.v)
      const { leaves, structure } = treeFlatten(g.p)
      const q = treeUnflatten(
        structure,
        leaves.map((x, i) => add(x, mul(shifts[i]!, mul(g.h, times)))),
      ) as P
      return smoothSpikes((r: P) => loss(r, g))(q)
    }
    return [1, -1, 2, -2].map(at)
  })
  const plain = jit((g: Inputs<P, F, D>): readonly Tensor[] => [loss(g.p, g)])
  const quotient = async (h: number): Promise<number> => {
    const [a, b, c, e] = (await valuesOn(moved, inputsAt(h), reference)) as [number, number, number, number]
    return (8 * (a - b) - (c - e)) / (12 * h)
  }
  try {
    const here = inputsAt(0)
    const [smooth, tangent] = (await valuesOn(derivative, here, reference)) as [number, number]
    const [wide, difference] = [await quotient(STEP), await quotient(STEP / 2)]
    const off = Math.abs(tangent - difference)
    const noise = (ROUNDING * Math.abs(smooth)) / STEP + 2 * Math.abs(wide - difference)
    if (!(off <= DERIVATIVE * Math.max(Math.abs(tangent), Math.abs(difference)) + noise)) {
      throw failure(
        'CHECK_DERIVATIVE',
        step,
        `the derivative of the smoothed loss along a random direction is ${tangent}, but finite differences give ${difference}`,
        'a derivative rule does not match its function: check each customJvp in your own losses, neurons and surrogates, or report it with the run folder',
      )
    }
    const [expected] = (await valuesOn(plain, here, reference)) as [number]
    const [smoothed, slope] = (await valuesOn(derivative, here, backend)) as [number, number]
    const [actual] = (await valuesOn(plain, here, backend)) as [number]
    const compared: readonly (readonly [string, number, number, number])[] = [
      ['the smoothed loss', smoothed, smooth, SMOOTH * Math.abs(smooth)],
      ['its derivative', slope, tangent, SMOOTH * (Math.abs(tangent) + Math.abs(smooth))],
      ['the loss', actual, expected, SPIKING * Math.abs(expected)],
    ]
    for (const [what, on, off2, allowed] of compared) {
      if (Math.abs(on - off2) <= allowed + 1e-12) continue
      throw failure(
        'CHECK_BACKEND',
        step,
        `${what} is ${on} on ${backend.name}, but ${off2} on the reference backend`,
        'the backend or this machine computes wrong values: continue on another backend, and report it with the run folder',
      )
    }
    return { step, derivative: tangent, difference, smoothError: smoothed - smooth, lossError: actual - expected }
  } finally {
    for (const run of [derivative, moved, plain]) run.dispose()
    disposeTree([p, v, f, d])
    await reference[Symbol.asyncDispose]()
  }
}
