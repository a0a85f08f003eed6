import type { Value } from './graph.js'
import type { Kernel } from '../plan/kernel.js'
import type { Routine } from '../routines/routines.js'

/** An operand before slots are assigned. */
export interface ProtoOperand {
  readonly value: Value
  readonly offset: number
  readonly advance: readonly number[]
}

/** A kernel step before slots are assigned. */
export interface ProtoKernel {
  readonly kind: 'kernel'
  readonly kernel: Kernel
  readonly loads: readonly ProtoOperand[]
  readonly stores: readonly ProtoOperand[]
}

/** A step before slots are assigned. */
export type ProtoStep =
  | ProtoKernel
  | {
      readonly kind: 'routine'
      readonly routine: Routine
      readonly ins: readonly ProtoOperand[]
      readonly outs: readonly ProtoOperand[]
    }
  | { readonly kind: 'loop'; readonly length: number; readonly steps: readonly ProtoStep[] }

/** Resolves aliases: the operand in the value whose memory holds it. */
export function resolveAlias(o: ProtoOperand): ProtoOperand {
  let { value, offset, advance } = o
  while (value.alias !== null) {
    const p = value.alias
    offset += p.offset
    advance = addAdvance(advance, p.advance)
    value = p.value
  }
  return { value, offset, advance }
}

function addAdvance(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0))
}
