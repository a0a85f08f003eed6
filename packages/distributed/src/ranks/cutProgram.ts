import { type Atom, type Equation, type Program, type Var, isLiteral } from '@spikeward/core'

/** A part of a Program, which runs after the parts before it. */
export type Part = {
  /** Inputs of the Program and values of earlier parts. */
  readonly inputs: readonly Var[]
  readonly equations: readonly Equation[]
  /** Positions of the outputs of the Program that this part computes. */
  readonly results: readonly number[]
  /** Values that later parts read. */
  readonly handedOn: readonly Var[]
}

const varsOf = (atoms: readonly Atom[]): Var[] => atoms.filter((a): a is Var => !isLiteral(a))

/** The work that is worth a program of its own: products, loops and routines. */
const isHeavy = ({ primitive: { lower } }: Equation): boolean => ['dot', 'scan', 'routine'].includes(lower.kind)

/**
 * Cuts a Program into parts that run one after another. Outputs are taken in the order of the last product or loop that
 * they need: reverse mode, for example, comes to the gradient of the last layer first. A part holds as many of them as
 * have at least `least` elements together, with the equations that they need and no earlier part has; the last part
 * holds the rest. Outputs that need no further product or loop belong to the part before.
 *
 * Every equation that an output needs belongs to one part, so nothing is computed twice.
 */
export function cutProgram(program: Program, least: number): readonly Part[] {
  const { equations, outputs } = program
  const definedAt = new Map(equations.flatMap((e, i) => e.outputs.map((v) => [v, i] as const)))
  const at = (v: Var): number => definedAt.get(v) ?? -1
  const needs = (output: Atom): Set<number> => {
    const entries = new Set<number>()
    const open = varsOf([output])
    for (let v = open.pop(); v !== undefined; v = open.pop()) {
      const i = at(v)
      if (i < 0 || entries.has(i)) continue
      entries.add(i)
      open.push(...varsOf(equations[i]!.inputs))
    }
    return entries
  }
  const ready = outputs
    .map((output, position) => {
      const needed = [...needs(output)]
      const readyAt = needed.reduce((last, i) => (i > last && isHeavy(equations[i]!) ? i : last), -1)
      return { output, position, needed, readyAt }
    })
    .sort((a, b) => a.readyAt - b.readyAt)

  const earlier = new Set<number>()
  const groups: { readonly results: number[]; readonly own: Set<number>; elements: number }[] = []
  for (const { output, position, needed } of ready) {
    const further = needed.filter((i) => !earlier.has(i))
    let group = groups.at(-1)
    if (group === undefined || (group.elements >= least && further.some((i) => isHeavy(equations[i]!)))) {
      group = { results: [], own: new Set(), elements: 0 }
      groups.push(group)
    }
    group.results.push(position)
    group.elements += output.aval.shape.reduce((n, d) => n * d, 1)
    for (const i of further) {
      earlier.add(i)
      group.own.add(i)
    }
  }

  const parts = groups.map(({ results, own }) => {
    const ours = equations.filter((_, i) => own.has(i))
    const ownOutputs = new Set(ours.flatMap((e) => e.outputs))
    const read = new Set(varsOf([...ours.flatMap((e) => e.inputs), ...results.map((r) => outputs[r]!)]))
    results.sort((a, b) => a - b)
    return { results, equations: ours, ownOutputs, inputs: [...read].filter((v) => !ownOutputs.has(v)) }
  })
  return parts.map(({ results, equations: ours, ownOutputs, inputs }, p) => {
    const later = new Set(parts.slice(p + 1).flatMap((next) => next.inputs))
    return { inputs, equations: ours, results, handedOn: [...ownOutputs].filter((v) => later.has(v)) }
  })
}
