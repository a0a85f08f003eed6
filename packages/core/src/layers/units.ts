import { customJvpPrimitive } from '../primitives/customJvpPrimitive.js'
import type { ScanParams } from '../program/params.js'
import { type Atom, type Equation, type Primitive, type Program, type Var, isLiteral } from '../program/program.js'
import { sameShape } from '../tensor/aval.js'
import type { Layer, LayerProgram } from './layerProgram.js'
import { bodyOf, isScan, isSpike } from './loops.js'

/** Spiking units in a time loop, as transforms find them in a function. */
export type Units = {
  /**
   * The name of the layer that drives them, with `#2`, `#3`, … for others of the same layer; a loop that continues from
   * their states has their id.
   */
  readonly id: string
  readonly spikes: Var
  /** The membrane after the step; null for units without a state. */
  readonly membrane: Atom | null
}

/**
 * The spiking units in the time loops of a function, in the order of the forward pass. If several layers drive them,
 * the first one that has not named other units gives them its name, so that skip connections and recurrent weights give
 * none. Units that no layer drives are left out.
 */
export function unitsOf({ program, layers, origins }: LayerProgram): readonly Units[] {
  const units: (Units & { readonly layer: Layer })[] = []
  const nearTo = (a: Atom): ReadonlySet<string> => origins.get(a)?.near ?? new Set()
  const visit = ({ equations }: Program): void => {
    for (const e of equations) {
      const body = bodyOf(e)
      if (body !== null) visit(body)
      if (body === null || !isScan(e)) continue
      const p = e.params as ScanParams
      for (const { spikes, argument, membrane } of loopUnits(p)) {
        const drives = layers.filter(({ id }) => nearTo(argument).has(id))
        const layer = drives.find(({ id }) => !units.some((u) => u.layer.id === id)) ?? drives.at(-1)
        if (layer === undefined) continue
        const start = membrane === null ? new Set<string>() : nearTo(e.inputs[p.constants + membrane]!)
        const before = units.find((u) => u.layer.name === layer.name && start.has(u.layer.id))
        let id = before?.id ?? layer.name
        for (let i = 2; before === undefined && units.some((u) => u.id === id); i++) id = `${layer.name}#${i}`
        units.push({ id, layer, spikes, membrane: membrane === null ? null : body.outputs[membrane]! })
      }
    }
  }
  visit(program)
  return units
}

/** Spiking units in the body of a time loop. */
type LoopUnits = {
  readonly spikes: Var
  /** The operand of the spike function. */
  readonly argument: Atom
  /** Position of the membrane among the carries; null for units without a state. */
  readonly membrane: number | null
}

/**
 * The spiking units in the body of a time loop: every spike function, except those that another one of the same step
 * reads, such as a spike of the step before that a delayed reset computes again. Spike functions of one membrane, such
 * as one for each sign, are one unit: its spikes are the first value that is computed from all of them and nothing
 * else.
 *
 * The membrane is the state that the spike function reads: going back from its argument operation by operation, element
 * by element and not through spikes, the first values from which the next value of a state is computed too. Of several
 * such states it is the one that shares most of these values, and then the one that takes the fewest operations from
 * there.
 */
function loopUnits({ body, constants, carries }: ScanParams): readonly LoopUnits[] {
  const fires = body.equations.filter(isSpike)
  if (fires.length === 0) return []
  const producer = new Map(body.equations.flatMap((e) => e.outputs.map((v) => [v, e] as const)))
  const states = body.inputs.slice(constants, constants + carries)
  const charging = (a: Atom): ReadonlyMap<Atom, number> => upstream(a, producer, (e) => !isSpike(e))
  const next = body.outputs.slice(0, carries).map(charging)
  const membraneOf = (argument: Atom): number | null => {
    const read = [...charging(argument)].filter(([, depth]) => depth > 0)
    const hits = states.map((own, k) =>
      read.flatMap(([a, depth]) => {
        const steps = a === own ? -1 : next[k]!.get(a)
        return steps === undefined ? [] : [{ depth, steps }]
      }),
    )
    const nearest = Math.min(...hits.flat().map(({ depth }) => depth))
    const ranks = hits.flatMap((all, k) => {
      const near = all.filter(({ depth }) => depth === nearest)
      return near.length === 0 ? [] : [{ k, count: near.length, steps: Math.min(...near.map(({ steps }) => steps)) }]
    })
    return ranks.sort((x, y) => y.count - x.count || x.steps - y.steps)[0]?.k ?? null
  }
  const all = fires.map((e) => {
    const argument = e.inputs.at(-1)!
    return { spikes: e.outputs[0]!, argument, membrane: membraneOf(argument), reads: upstream(argument, producer) }
  })
  const sent = all.filter(({ spikes }) => !all.some(({ reads }) => reads.has(spikes)))
  const groups = new Map<unknown, typeof sent>()
  for (const s of sent) {
    const group = s.membrane ?? s.spikes
    groups.set(group, [...(groups.get(group) ?? []), s])
  }
  return [...groups.values()].map((group) => {
    const { argument, membrane } = group[0]!
    return {
      spikes: joined(
        body.equations,
        group.map(({ spikes }) => spikes),
      ),
      argument,
      membrane,
    }
  })
}

/**
 * A value and those of its shape that it is computed from element by element, nearest first, with the operations
 * between.
 */
function upstream(
  from: Atom,
  producer: ReadonlyMap<Atom, Equation>,
  passes: (e: Equation) => boolean = () => true,
): ReadonlyMap<Atom, number> {
  const depth = new Map<Atom, number>([[from, 0]])
  for (const [a, d] of depth) {
    const e = producer.get(a)
    if (e === undefined || !isElementwise(e) || !passes(e)) continue
    for (const x of e.inputs)
      if (!isLiteral(x) && !depth.has(x) && sameShape(x.aval.shape, from.aval.shape)) depth.set(x, d + 1)
  }
  return depth
}

const isElementwise = ({ primitive }: Equation): boolean =>
  primitive.lower.kind === 'pointwise' || primitive === (customJvpPrimitive as Primitive)

/** The first value that is computed from all these spikes and nothing else. */
function joined(equations: readonly Equation[], spikes: readonly Var[]): Var {
  const from = new Map<Atom, ReadonlySet<Var>>(spikes.map((v) => [v, new Set([v])]))
  if (spikes.length === 1) return spikes[0]!
  for (const e of equations) {
    const read = e.inputs.filter((a) => !isLiteral(a))
    if (!isElementwise(e) || read.length === 0 || !read.every((a) => from.has(a))) continue
    const all = new Set(read.flatMap((a) => [...from.get(a)!]))
    if (all.size === spikes.length) return e.outputs[0]!
    if (!from.has(e.outputs[0]!)) from.set(e.outputs[0]!, all)
  }
  return spikes.at(-1)!
}
