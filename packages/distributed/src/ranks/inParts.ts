import { concatenate, evaluateEquation, full, isLiteral, jit, printAval, trace, treeFlatten } from '@spikeward/core'
import type { Atom, Jitted, Program, Tensor, Tree, Var } from '@spikeward/core'
import { type Part, cutProgram } from './cutProgram.js'
import { markHandled } from './reduceShares.js'
import type { Sums } from './sumTree.js'

/** The results that one part computes: their positions and lengths among all results of the function. */
export type PartLayout = { readonly results: readonly number[]; readonly lengths: readonly number[] }

/** A function whose results arrive part by part: see {@link inParts}. */
export type InParts<A extends readonly Tree[]> = {
  /** The parts for arguments of these shapes. */
  layout(...args: A): readonly PartLayout[]
  /**
   * Evaluates the parts in order.
   *
   * @param arrived receives the results of part p, one after another in one array, when it has ended
   * @param options.apart whether parts after the first run while the event loop continues. Otherwise everything has
   *   been launched, and what parts hand on is free again, when the call returns
   */
  run(args: A, arrived: (p: number, numbers: Sums) => void, options: { readonly apart: boolean }): Promise<void>
  dispose(): void
}

type CompiledPart = Part & {
  readonly compiled: Jitted<Tensor[], Tensor[]>
  /** Values of earlier parts that no later part reads. */
  readonly lastRead: readonly Var[]
}

type Compiled = {
  readonly program: Program
  readonly captured: readonly Tensor[]
  readonly parts: readonly CompiledPart[]
  readonly layout: readonly PartLayout[]
}

/** A part as a compiled function: its results in one array, then the values that later parts read. */
const compile = ({ outputs }: Program, part: Part): Jitted<Tensor[], Tensor[]> =>
  jit((...inputs: Tensor[]): Tensor[] => {
    const values = new Map<Var, Tensor>(part.inputs.map((v, i) => [v, inputs[i]!]))
    const read = (a: Atom): Tensor => (isLiteral(a) ? full(a.aval.shape, a.literal, a.aval.dtype) : values.get(a)!)
    for (const equation of part.equations) {
      evaluateEquation(equation, read).forEach((t, i) => values.set(equation.outputs[i]!, t))
    }
    const results = part.results.map((r) => read(outputs[r]!))
    return [results.length === 1 ? results[0]! : concatenate(results), ...part.handedOn.map(read)]
  })

/** The values of a program's inputs. */
const givenTo = ({ inputs }: Program, values: readonly Tensor[]): Map<Var, Tensor> =>
  new Map(inputs.map((v, i) => [v, values[i]!]))

/** Whether the backend of these values computes a part on another thread. */
const runsApart = ({ inputs, compiled }: CompiledPart, values: ReadonlyMap<Var, Tensor>): boolean =>
  compiled.inspect(...inputs.map((v) => values.get(v)!)).executable.runAsync !== undefined

/** Cuts a program and compiles its parts. */
function compiledParts(program: Program, least: number): readonly CompiledPart[] {
  const parts = cutProgram(program, least)
  const handedOn = new Set(parts.flatMap((part) => part.handedOn))
  return parts.map((part, p) => {
    const later = new Set(parts.slice(p + 1).flatMap((next) => next.inputs))
    return {
      ...part,
      compiled: compile(program, part),
      lastRead: part.inputs.filter((v) => handedOn.has(v) && !later.has(v)),
    }
  })
}

/**
 * Compiles a function as several programs that run one after another (`cutProgram`), so that its first results can be
 * used while the others are computed. The parts compute what one program would; a backend may round in another place
 * where it would have fused operations across a cut. Every call therefore takes the same programs, whether its parts
 * overlap with anything or not: results depend on the cut alone. On a backend that does not compute on another thread
 * (`Executable.runAsync`), nothing could overlap, and the function is one program.
 *
 * @param fn its results are vectors of one type
 * @param least elements of a part, the last excepted; Infinity: one program
 */
export function inParts<A extends readonly Tree[]>(fn: (...args: A) => readonly Tensor[], least: number): InParts<A> {
  const variants = new Map<string, Compiled>()

  const variantFor = (args: A): Compiled => {
    const { leaves, structure } = treeFlatten(args)
    const key = `${structure.text} ${leaves.map((t) => printAval(t.aval)).join(' ')}`
    const known = variants.get(key)
    if (known !== undefined) return known
    const { program, captured } = trace(fn, ...args)
    const values = givenTo(program, [...captured, ...leaves])
    const cut = compiledParts(program, least)
    const isCut = cut.length > 1 && runsApart(cut[0]!, values)
    const parts = isCut || cut.length === 1 ? cut : compiledParts(program, Infinity)
    if (parts !== cut) cut.forEach(({ compiled }) => compiled.dispose())
    const layout = parts.map(({ results }) => ({
      results,
      lengths: results.map((r) => program.outputs[r]!.aval.shape[0]!),
    }))
    const variant = { program, captured, parts, layout }
    variants.set(key, variant)
    return variant
  }

  return {
    layout: (...args) => variantFor(args).layout,
    async run(args, arrived, { apart }) {
      const { program, captured, parts } = variantFor(args)
      const values = givenTo(program, [...captured, ...treeFlatten(args).leaves])
      const tensors = new Map<Var, Tensor>()
      const operandsOf = ({ inputs }: Part): Tensor[] => inputs.map((v) => tensors.get(v) ?? values.get(v)!)
      /** Takes over what a part computed, and frees what it was the last to read. */
      const keep = ({ handedOn, lastRead }: CompiledPart, [result, ...rest]: readonly Tensor[]): Tensor => {
        rest.forEach((t, i) => tensors.set(handedOn[i]!, t))
        for (const v of lastRead) {
          tensors.get(v)!.dispose()
          tensors.delete(v)
        }
        return result!
      }
      const read = async (result: Tensor): Promise<Sums> => {
        const numbers = (await result.data()) as Sums
        result.dispose()
        return numbers
      }
      try {
        if (!apart) {
          // A part that fails while it is launched leaves the reads of those before it to themselves.
          const reads = parts.map((part) => markHandled(read(keep(part, part.compiled(...operandsOf(part))))))
          await Promise.all(reads.map(async (numbers, p) => arrived(p, await numbers)))
          return
        }
        let running: readonly Tensor[] | Promise<readonly Tensor[]> = parts[0]!.compiled(...operandsOf(parts[0]!))
        for (const [p, part] of parts.entries()) {
          const numbers = await read(keep(part, await running))
          // The next part computes while the receiver of this one sums and sends it.
          const next = parts[p + 1]
          if (next !== undefined) running = next.compiled.async(...operandsOf(next))
          arrived(p, numbers)
        }
      } finally {
        tensors.forEach((t) => t.dispose())
      }
    },
    dispose() {
      for (const { parts } of variants.values()) for (const { compiled } of parts) compiled.dispose()
      variants.clear()
    },
  }
}
