import { type Aval, printAval, sameShape } from '../tensor/aval.js'
import type { Backend, DeviceBuffer, Executable } from '../backend/backend.js'
import { type BoundedCache, boundedCache, cacheByBackend } from '../boundedCache.js'
import { isEager } from '../interpreters/currentInterpreter.js'
import { DeviceTensor } from '../tensor/deviceTensor.js'
import { SpikewardError } from '../errors.js'
import { commonBackend, concrete, reserveResults } from '../backend/execute.js'
import { traceFlat } from '../interpreters/traceFlat.js'
import type { Plan } from '../plan/plan.js'
import type { ClosedProgram, Program } from '../program/program.js'
import { drawInBlocks } from '../program/passes/drawInBlocks.js'
import { expandComposites } from '../program/passes/inlineProgram.js'
import { simplify } from '../program/passes/simplify.js'
import type { Tensor } from '../tensor/tensor.js'
import { type Structure, type Tree, leafCount, leavesOf, treeFlatten, treeUnflatten } from '../tensor/tree.js'
import { flattenFunction } from './flat.js'
import { printProgram } from '../program/printProgram.js'
import { type LowerOptions, lower } from '../lower/lower.js'

/**
 * A run has about ten programs; some are lowered several times (docs/decisions/0025-equal-programs-share-a-plan.md).
 */
const plansOf = cacheByBackend<Plan>(32, () => {})

/**
 * Lowers a Program, and returns the same Plan for an equal Program while the backend exists. A run lowers some programs
 * several times: it computes its initial variables for the training and for the baseline, each with a trace of its own.
 *
 * @throws DONATION_MISMATCH if an output cannot take the memory of its input
 */
export function lowerFor(backend: Backend, program: Program, donate: NonNullable<LowerOptions['donate']>): Plan {
  const key = `${donate.join()} ${printProgram(program)}`
  return plansOf(backend).get(key, () => lower(program, { donate, windows: backend.capabilities.windows ?? false }))
}

/** Options of {@link jit}. */
export interface JitOptions {
  /** Positions of arguments whose memory the results may take; these arguments cannot be used afterwards. */
  readonly donate?: readonly number[]
  /**
   * Number of compiled variants (shapes, structures, backends) that are cached, least recently used first out. Default
   * 16.
   */
  readonly cacheSize?: number
  /** The backend if no argument has one. Default: the reference backend. */
  readonly backend?: Backend
}

/** Statistics of a compiled function. */
export interface JitStats {
  readonly compilations: number
  readonly calls: number
  readonly variants: number
}

/** A function with its compiled variants. */
export interface Jitted<A extends readonly Tree[], R extends Tree> {
  (...args: A): R
  /**
   * The same call on another thread if the backend can (`Executable.runAsync`), while the event loop continues;
   * otherwise the plain call. Donated arguments are consumed at once.
   *
   * @throws what the call throws (rejects); ASYNC_FUNCTION inside another transform, where nothing is computed yet
   */
  async(...args: A): Promise<R>
  stats(): JitStats
  /**
   * The compiled variant for these arguments: its source, plan, operations and bytes. Compiles it if it is not cached.
   * `program` is the simplified program, in which large random operands of products are whole; the plan draws them in
   * blocks.
   */
  inspect(...args: A): {
    readonly executable: Executable
    readonly plan: Plan
    readonly program: ClosedProgram['program']
  }
  /** Frees every compiled variant. */
  dispose(): void
}

interface Variant {
  readonly backend: Backend
  readonly executable: Executable
  readonly plan: Plan
  readonly program: ClosedProgram['program']
  readonly captured: readonly Tensor[]
  readonly result: Structure
  readonly outs: readonly Aval[]
}

/** The arguments of a call and the key of their variant: a call like it costs a comparison. */
interface Recent {
  readonly structure: Structure
  readonly donated: readonly boolean[]
  readonly backend: Backend
  readonly avals: readonly Aval[]
  readonly key: string
}

/** A prepared call: it is run, then finished. */
interface Call<R> {
  readonly executable: Executable
  readonly ins: readonly DeviceBuffer[]
  readonly outs: readonly DeviceBuffer[]
  /** Frees donated memory that no result took, and returns the results. */
  finish(): R
}

/**
 * Compiles a function once for each combination of shapes, types, structure and backend: traces it, simplifies it,
 * fuses it into kernels and plans its memory. Inside another transform it is the function itself.
 *
 * @param fn synchronous function of trees; values that it closes over become constants of the trace
 * @example
 * const step = jit((params, x) => treeMap((p, g) => sub(p, mul(0.1, g)), params, grad(loss)(params, x)), { donate: [0] })
 */
export function jit<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  options: JitOptions = {},
): Jitted<A, R> {
  let compilations = 0
  let calls = 0
  const ids = new Map<Backend, number>()
  const most = options.cacheSize ?? 16
  const cache: BoundedCache<Variant> = boundedCache<Variant>(most, (v) => v.executable.dispose())
  const donate = options.donate ?? []
  /** Calls of one structure, the newest first. */
  let recent: readonly Recent[] = []

  /** Flattens the arguments of a call and finds the key of their variant. */
  const describe = (args: A): Recent & { readonly leaves: readonly Tensor[] } => {
    const known = recent[0] === undefined ? null : leavesOf(recent[0].structure, args)
    if (known !== null) {
      const on = commonBackend(known, options.backend)
      const like = recent.find((call) => isLike(call, known, on))
      if (like !== undefined) return { ...like, leaves: known }
    }
    const { leaves, structure } = treeFlatten(args)
    const donated = donatedLeaves(structure, donate)
    const backend = commonBackend(leaves, options.backend)
    if (!ids.has(backend)) ids.set(backend, ids.size)
    // State that is passed from call to call may start binary and not stay so: donated inputs never count as binary.
    const avals = leaves.map((t, i) => (donated[i] && t.aval.binary ? { ...t.aval, binary: false } : t.aval))
    const key = `${ids.get(backend)} ${structure.text} ${avals.map(printAval).join(' ')}`
    const call = { structure, donated, backend, avals, key }
    recent = [call, ...(known === null ? [] : recent.slice(0, most - 1))]
    return { ...call, leaves }
  }

  const variantFor = ({ leaves, structure, donated, backend, avals, key }: ReturnType<typeof describe>): Variant =>
    cache.get(key, () => {
      compilations++
      const flat = flattenFunction(fn, structure)
      const traced = traceFlat(flat, avals)
      const captured = traced.captured
      const home = commonBackend(captured, backend)
      const program = simplify(expandComposites(traced.program))
      const outs = program.outputs.map((a) => a.aval)
      const plan = lowerFor(home, drawInBlocks(program), matchDonations(donated, captured.length, leaves, outs))
      return { backend: home, executable: home.compile(plan), plan, program, captured, result: flat.structure!, outs }
    })

  const prepare = (args: A): Call<R> => {
    calls++
    const call = describe(args)
    const { leaves, donated } = call
    const v = variantFor(call)
    checkDonated(leaves, donated)
    const inputs = leaves.map((t, i) =>
      donated[i] && t instanceof DeviceTensor && t.backend !== v.backend ? t.copyTo(v.backend) : concrete(t, v.backend),
    )
    const ins = [...v.captured.map((t) => concrete(t, v.backend)), ...inputs]
    const buffers = ins.map((t) => t.buffer)
    const results = reserveResults(v.backend, ins, v.outs, v.plan.donations)
    return {
      executable: v.executable,
      ins: buffers,
      outs: results.map((t) => t.buffer),
      finish() {
        for (const [i, t] of leaves.entries()) {
          if (!donated[i]) continue
          inputs[i]!.dispose()
          t.dispose()
        }
        return treeUnflatten(v.result, results) as R
      },
    }
  }

  const run = (...args: A): R => {
    if (!isEager()) return fn(...args)
    const { executable, ins, outs, finish } = prepare(args)
    executable.run(ins, outs)
    return finish()
  }

  return Object.assign(run, {
    async: async (...args: A): Promise<R> => {
      if (!isEager()) {
        throw new SpikewardError(
          'ASYNC_FUNCTION',
          'jit: `async` was called inside another transform, which only traces; call the function itself there',
        )
      }
      const { executable, ins, outs, finish } = prepare(args)
      if (executable.runAsync === undefined) executable.run(ins, outs)
      else await executable.runAsync(ins, outs)
      return finish()
    },
    stats: (): JitStats => ({ compilations, calls, variants: cache.size }),
    inspect: (...args: A) => {
      const { executable, plan, program } = variantFor(describe(args))
      return { executable, plan, program }
    },
    dispose: () => cache.clear(),
  })
}

/** Whether the leaves of a call and their backend equal those of the last one; donated leaves never count as binary. */
const isLike = ({ avals, donated, backend }: Recent, leaves: readonly Tensor[], on: Backend): boolean =>
  on === backend &&
  leaves.every(({ aval }, i) => {
    const last = avals[i]!
    return (
      aval === last ||
      (aval.dtype === last.dtype && (donated[i]! || aval.binary === last.binary) && sameShape(aval.shape, last.shape))
    )
  })

/** Whether each leaf belongs to a donated argument, from the structure of the list of arguments. */
const donatedLeaves = ({ children }: Structure, donate: readonly number[]): boolean[] =>
  children.flatMap((arg, i) => Array.from({ length: leafCount(arg) }, () => donate.includes(i)))

/** Pairs each result, in order, with the first unpaired donated input of its type and shape. */
function matchDonations(
  donated: readonly boolean[],
  captured: number,
  leaves: readonly Tensor[],
  outs: readonly Aval[],
): (number | null)[] {
  const free = [...donated]
  return outs.map((a) => {
    const wanted = printAval({ ...a, binary: false })
    const i = leaves.findIndex((t, j) => free[j] && printAval({ ...t.aval, binary: false }) === wanted)
    if (i < 0) return null
    free[i] = false
    return captured + i
  })
}

function checkDonated(leaves: readonly Tensor[], donated: readonly boolean[]): void {
  if (new Set(leaves).size === leaves.length) return
  const twice = leaves.some((t, i) => donated[i] && leaves.filter((l) => l === t).length > 1)
  if (twice) {
    throw new SpikewardError(
      'DONATED_TWICE',
      'jit: a donated tensor is passed twice, and its memory can be taken only once; pass a copy in one of the places',
    )
  }
}
