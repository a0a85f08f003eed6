import type { Value } from '../graph/graph.js'
import { type ProtoKernel, type ProtoOperand, type ProtoStep, resolveAlias } from '../graph/protoStep.js'

/** Positions in the sequence of all steps, from the first to the last access of a value. */
export interface Lifetime {
  readonly value: Value
  readonly start: number
  readonly end: number
}

/** The lifetimes of the values that need memory in the workspace, and the kernels by their positions. */
export interface Lifetimes {
  readonly of: ReadonlyMap<Value, Lifetime>
  readonly kernelAt: ReadonlyMap<number, ProtoKernel>
}

interface Access {
  readonly position: number
  /** The enclosing loops, outermost first. */
  readonly loops: readonly Loop[]
}

interface Loop {
  readonly start: number
  end: number
}

/** Finds the lifetimes. A loop has a position before and one after its steps. */
export function lifetimesOf(steps: readonly ProtoStep[]): Lifetimes {
  const accesses = new Map<Value, Access[]>()
  const kernelAt = new Map<number, ProtoKernel>()
  let position = 0
  const access = (o: ProtoOperand, loops: readonly Loop[]): void => {
    const { value } = resolveAlias(o)
    if (value.external !== null) return
    const list = accesses.get(value)
    if (list === undefined) accesses.set(value, [{ position, loops }])
    else list.push({ position, loops })
  }
  const walk = (list: readonly ProtoStep[], loops: readonly Loop[]): void => {
    for (const step of list) {
      if (step.kind === 'loop') {
        const loop: Loop = { start: position++, end: 0 }
        walk(step.steps, [...loops, loop])
        loop.end = position++
        continue
      }
      const operands = step.kind === 'kernel' ? [...step.loads, ...step.stores] : [...step.ins, ...step.outs]
      for (const o of operands) access(o, loops)
      if (step.kind === 'kernel') kernelAt.set(position, step)
      position++
    }
  }
  walk(steps, [])
  return { of: new Map([...accesses].map(([value, list]) => [value, { value, ...span(list) }])), kernelAt }
}

/** The first and last access. An access in a loop that does not contain all accesses counts as the whole loop. */
function span(accesses: readonly Access[]): { readonly start: number; readonly end: number } {
  let depth = 0
  const first = accesses[0]!.loops
  while (depth < first.length && accesses.every((a) => a.loops[depth] === first[depth])) depth++
  return {
    start: Math.min(...accesses.map((a) => a.loops[depth]?.start ?? a.position)),
    end: Math.max(...accesses.map((a) => a.loops[depth]?.end ?? a.position)),
  }
}
