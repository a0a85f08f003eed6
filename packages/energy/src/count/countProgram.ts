import {
  evaluateEquation,
  inlineProgram,
  isFloat,
  isLiteral,
  scope,
  sizeOf,
  slice,
  squeeze,
  stack,
  tensor,
} from '@spikeward/core'
import type { Atom, DotParams, Equation, Program, ScanParams, Tensor, Var, PointwiseName } from '@spikeward/core'
import { operations } from '@spikeward/core/backend'
import { type Counts, noCounts } from './counts.js'
import { countProduct } from './countProduct.js'

/** The count that a pointwise operation belongs to; null for one that computes nothing. */
function countOf(name: PointwiseName): keyof Counts | null {
  if (name === 'threefry') return 'random'
  // They change only the derivative, or make a constant.
  if (name === 'stopGradient' || name === 'iota') return null
  const { counts = 'additions' } = operations[name]
  return counts
}

/** A value of a Program and its origin. */
export type Traced = {
  readonly tensor: Tensor
  readonly origin: Origin
  /**
   * Whether it depends only on the state of the previous step. A delayed reset compares that state with the threshold
   * again, which is not a new firing decision.
   */
  readonly carried?: boolean
  /**
   * The last value that it depends on without a product or another value of the step, such as the membrane of a
   * comparison; absent: itself. A unit that fires with either sign compares one value twice, in one decision.
   */
  readonly from?: Traced | undefined
}

/** Work of a Program: `draws` depends on random keys alone; `work` is the rest. Constants are not counted. */
export type ProgramCounts = { readonly work: Counts; readonly draws: Counts }

type Tally = { -readonly [K in keyof Counts]: number }
type Tallies = { readonly work: Tally; readonly draws: Tally }

/**
 * Runs a Program operation by operation and counts its work from the values: zeros in products, spikes, and the state
 * of every time step.
 *
 * @param inputs its inputs with their origins; the caller keeps ownership
 */
export async function countProgram(program: Program, inputs: readonly Traced[]): Promise<ProgramCounts> {
  const tallies: Tallies = { work: { ...noCounts }, draws: { ...noCounts } }
  const results = await run(inlineProgram(program), inputs, tallies, false)
  const inputTensors = new Set(inputs.map((x) => x.tensor))
  for (const { tensor: t } of results) if (!inputTensors.has(t)) t.dispose()
  return tallies
}

/** The last equation that reads each variable, so that values are freed early. Outputs are never freed. */
function lastReads({ equations, outputs }: Program): Map<Var, number> {
  const last = new Map<Var, number>()
  equations.forEach((eq, i) => eq.inputs.forEach((a) => !isLiteral(a) && last.set(a, i)))
  outputs.forEach((a) => !isLiteral(a) && last.set(a, Infinity))
  return last
}

async function run(
  program: Program,
  inputs: readonly Traced[],
  tallies: Tallies,
  inTime: boolean,
): Promise<readonly Traced[]> {
  const values = new Map<Var, Traced>(program.inputs.map((v, i) => [v, inputs[i]!]))
  const last = lastReads(program)
  const owned = new Set<Var>()
  const decided = new Set<Traced>()
  for (const [i, eq] of program.equations.entries()) {
    const operands = eq.inputs.flatMap((a) => (isLiteral(a) ? [] : [values.get(a)!]))
    const origin = joinOrigins(operands.map((x) => x.origin))
    const moving = operands.filter((x) => x.carried === true || x.origin === 'data')
    const carried = moving.length > 0 && moving.every((x) => x.carried)
    const [from, ...others] = new Set(moving.map((x) => x.from ?? x))
    const alone = others.length === 0 && eq.primitive.lower.kind !== 'dot' ? from : undefined
    const read = (a: Atom): Traced => (isLiteral(a) ? literal(a.literal, a.aval.dtype) : values.get(a)!)
    const results =
      eq.primitive.lower.kind === 'scan'
        ? await runScan(eq, eq.inputs.map(read), tallies)
        : evaluateEquation(eq, (v) => values.get(v)!.tensor).map(
            (tensor): Traced => ({ tensor, origin, carried, from: alone }),
          )
    eq.outputs.forEach((v, o) => values.set(v, results[o]!))
    eq.outputs.forEach((v) => owned.add(v))
    if (origin !== 'constant')
      await count(eq, read, origin === 'key' ? tallies.draws : tallies.work, inTime ? decided : null, values)
    for (const a of [...eq.inputs, ...eq.outputs]) {
      if (isLiteral(a) || !owned.has(a) || (last.get(a) ?? -1) > i) continue
      values.get(a)!.tensor.dispose()
      owned.delete(a)
    }
  }
  return program.outputs.map((a) => (isLiteral(a) ? literal(a.literal, a.aval.dtype) : values.get(a)!))
}

const literal = (value: number, dtype: Tensor['dtype']): Traced => ({
  tensor: tensor(value, { dtype }),
  origin: 'constant',
})

/** Adds the work of one equation that is not a scan. */
async function count(
  { primitive, inputs, params, outputs }: Equation,
  read: (a: Atom) => Traced,
  tally: Tally,
  /** Values of this step that were compared already; null outside of a loop over time. */
  decided: Set<Traced> | null,
  values: ReadonlyMap<Var, Traced>,
): Promise<void> {
  const size = sizeOf(outputs[0]!.aval.shape)
  const { lower } = primitive
  if (lower.kind === 'pointwise') {
    const name = countOf(lower.name)
    if (name !== null) tally[name] += size * outputs.length
    const [from, to] = [inputs[0]!.aval, outputs[0]!.aval]
    const result = values.get(outputs[0]!)!
    if (
      decided !== null &&
      primitive.name === 'cast' &&
      from.dtype === 'bool' &&
      isFloat(to.dtype) &&
      !result.carried
    ) {
      const compared = result.from ?? result
      if (!decided.has(compared)) tally.decisions += size
      decided.add(compared)
      const spikes = await result.tensor.data()
      for (const s of spikes) tally.spikes += Number(s)
    }
  }
  if (lower.kind === 'reduce') tally.additions += sizeOf(inputs[0]!.aval.shape)
  if (primitive.name === 'scatterAdd') tally.additions += sizeOf(inputs.at(-1)!.aval.shape)
  if (lower.kind === 'dot') {
    const [a, b] = [read(inputs[0]!), read(inputs[1]!)]
    const factor = async ({ tensor: t }: Traced) => ({ values: await t.data(), shape: t.shape })
    const { effective, dense, accumulates } = countProduct(await factor(a), await factor(b), params as DotParams)
    tally[accumulates ? 'acs' : 'macs'] += effective
    tally.dense += dense
    const weights = [a, b].filter(({ origin }) => origin === 'weight')
    for (const { tensor: t } of weights) tally.weightReads += t.size
    if (weights.length > 0) tally.weightReadsByEvent += effective
  }
}

/** Runs the steps of a scan one by one. */
async function runScan(eq: Equation, inputs: readonly Traced[], tallies: Tallies): Promise<readonly Traced[]> {
  const { body, length, constants, carries, xsAxes, ysAxes, reverse } = eq.params as ScanParams
  const fixed = inputs.slice(0, constants)
  const xs = inputs.slice(constants + carries)
  let state = inputs.slice(constants, constants + carries)
  const ys: Traced[][] = ysAxes.map(() => [])
  for (let i = 0; i < length; i++) {
    const t = reverse ? length - 1 - i : i
    const slices = xs.map(({ tensor: x, origin }, n): Traced => {
      const axis = xsAxes[n]!
      const starts = x.shape.map((_, a) => (a === axis ? t : 0))
      const limits = x.shape.map((d, a) => (a === axis ? t + 1 : d))
      return { tensor: scope(() => squeeze(slice(x, starts, limits), axis)), origin }
    })
    const results = await run(
      body,
      [...fixed, ...state.map((x) => ({ ...x, carried: true })), ...slices],
      tallies,
      true,
    )
    const next = results.slice(0, carries).map(({ tensor: x, origin }) => ({ tensor: x, origin }))
    tallyStep(tallies, state, next, slices, results.slice(carries))
    // A carry may also be an element of a sequence, which is stacked after the last step.
    const alive = new Set([...results, ...inputs, ...ys.flat()].map((x) => x.tensor))
    for (const { tensor: x } of [...slices, ...state]) if (!alive.has(x)) x.dispose()
    state = next
    results.slice(carries).forEach((y, n) => ys[n]!.push(y))
  }
  return [
    ...state,
    ...ys.map((steps, n): Traced => {
      const inOrder = reverse ? steps.toReversed() : steps
      const joined = scope(() =>
        stack(
          inOrder.map((y) => y.tensor),
          ysAxes[n],
        ),
      )
      return { tensor: joined, origin: joinOrigins(steps.map((y) => y.origin)) }
    }),
  ]
}

/** Memory traffic of one time step. */
function tallyStep(
  { work }: Tallies,
  before: readonly Traced[],
  after: readonly Traced[],
  xs: readonly Traced[],
  ys: readonly Traced[],
): void {
  const elements = (values: readonly Traced[]): number => values.reduce((n, { tensor: t }) => n + t.size, 0)
  work.stateReads += elements(before)
  work.stateWrites += elements(after)
  work.sequenceReads += elements(xs)
  work.sequenceWrites += elements(ys)
}

/**
 * The inputs that a value depends on: none, random keys, weights (and keys), or data. The origin of a result is the
 * last of its operands' origins in this order.
 */
export type Origin = 'constant' | 'key' | 'weight' | 'data'

const order: readonly Origin[] = ['constant', 'key', 'weight', 'data']

/** The origin of a result of operands with these origins. */
const joinOrigins = (origins: readonly Origin[]): Origin =>
  origins.reduce((last, o) => (order.indexOf(o) > order.indexOf(last) ? o : last), 'constant')
