import { type Tensor, type Tree, type TypedArray, hostArray, referenceBackend, trace } from '../../src/index.js'
import type { DeviceTensor } from '../../src/tensor/deviceTensor.js'
import { type Aval, sizeOf } from '../../src/tensor/aval.js'
import type { Plan } from '../../src/plan/plan.js'
import type { Program } from '../../src/program/program.js'

/** Runs a plan on the reference backend; donated inputs share their buffer. */
export async function runPlan(plan: Plan, inputs: readonly TypedArray[], outs: readonly Aval[]): Promise<TypedArray[]> {
  const backend = referenceBackend()
  const ins = inputs.map((x) => {
    const buffer = backend.allocate(x.byteLength)
    backend.write(buffer, x)
    return buffer
  })
  const results = outs.map((a, j) => {
    const from = plan.donations[j] ?? null
    return from === null ? backend.allocate(sizeOf(a.shape) * (a.dtype === 'f64' ? 8 : 4)) : ins[from]!
  })
  const executable = backend.compile(plan)
  executable.run(ins, results)
  // Run again, in memory as the first run left it: no result may depend on what was there. Donated inputs are gone, so
  // not with them.
  if (plan.donations.every((d) => d === null)) executable.run(ins, results)
  const data = await Promise.all(outs.map((a, j) => backend.read(results[j]!, a.dtype, sizeOf(a.shape))))
  await backend[Symbol.asyncDispose]()
  return data
}

/** Numbers between −1 and 1 (integers: 0 to 99), the same for the same place. */
export function fill(a: Aval, salt: number): TypedArray {
  const out = hostArray(a.dtype, sizeOf(a.shape))
  let state = 12345 + 7919 * salt
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    const unit = (state >>> 8) / 2 ** 24
    out[i] =
      a.dtype === 'bool'
        ? unit < 0.5
          ? 0
          : 1
        : a.dtype === 'f32' || a.dtype === 'f64'
          ? 2 * unit - 1
          : Math.floor(100 * unit)
  }
  return out
}

export interface Traced {
  readonly program: Program
  readonly captured: readonly Tensor[]
}

/** The program of `fn` and the data of what it captured. */
export function traced(fn: (...args: never[]) => Tree, ...args: Tree[]): Traced {
  const { program, captured } = trace(fn as (...a: Tree[]) => Tree, ...args)
  return { program, captured }
}

/** Inputs for a traced program: what it captured, then made-up numbers. */
export async function inputsOf(t: Traced): Promise<TypedArray[]> {
  const captured = await Promise.all(t.captured.map((x) => (x as DeviceTensor).data()))
  return [...captured, ...t.program.inputs.slice(captured.length).map((v, i) => fill(v.aval, i))]
}

/** Steps of a plan by kind, loops opened. */
export function countSteps(plan: Plan): { kernel: number; routine: number; loop: number } {
  const n = { kernel: 0, routine: 0, loop: 0 }
  const walk = (steps: Plan['steps']): void => {
    for (const s of steps) {
      n[s.kind]++
      if (s.kind === 'loop') walk(s.steps)
    }
  }
  walk(plan.steps)
  return n
}
