import { unreachable } from '../errors.js'
import type { Access, Kernel, KernelNode, Store } from './kernel.js'
import type { Operand, Plan, Slot, Step } from './plan.js'
import type { Routine } from '../routines/routines.js'

/**
 * Prints a Plan completely: equal texts mean equal Plans. Slots are %0, %1, …; a kernel's nodes are numbered, and its
 * accesses print as `slot[offset; strides]`.
 */
export function printPlan(plan: Plan): string {
  const donated = plan.donations.flatMap((i, j) => (i === null ? [] : [`${j}←${i}`]))
  return [
    `plan of ${plan.inputs} inputs, ${plan.outputs} outputs${donated.length > 0 ? `, donated ${donated.join(' ')}` : ''}, workspace ${plan.workspace}`,
    ...plan.slots.map((s, i) => `  %${i} ${printSlot(s)}`),
    ...plan.steps.flatMap((s) => printStep(s, '')),
  ].join('\n')
}

const printSlot = (s: Slot): string =>
  `${s.dtype}[${s.size}] ${s.kind} ${s.kind === 'temporary' ? `@${s.byteOffset}` : s.index}`

const number = (x: number): string => (Object.is(x, -0) ? '-0' : String(x))

function printStep(step: Step, indent: string): string[] {
  switch (step.kind) {
    case 'kernel':
      return printKernel(step.kernel, step.loads, step.stores).map((l) => indent + l)
    case 'routine':
      return [
        `${indent}${printRoutine(step.routine)} ${step.ins.map(printOperand).join(' ')} → ${step.outs.map(printOperand).join(' ')}`,
      ]
    case 'loop':
      return [`${indent}loop ${step.length}`, ...step.steps.flatMap((s) => printStep(s, `${indent}  `))]
    default:
      return unreachable(step)
  }
}

const printOperand = (o: Operand): string =>
  `%${o.slot}${o.offset === 0 ? '' : `+${o.offset}`}${o.advance.some((d) => d !== 0) ? `+(${o.advance.join(',')})·i` : ''}`

const printAccess = (o: Operand, a: Access): string =>
  `${printOperand(o)}[${a.offset === 0 ? '' : `${a.offset}; `}${a.strides.join(',')}]`

/** Prints a kernel with its accesses to the given operands. */
export function printKernel(k: Kernel, loads: readonly Operand[], stores: readonly Operand[]): string[] {
  const space = k.space.map((n, a) => `${n}${a === k.time ? 't' : ''}${k.reduce.includes(a) ? 'r' : ''}`)
  return [
    `kernel ${k.name} [${space.join(',')}]`,
    ...k.nodes.map((n, i) => `  ${i}: ${n.dtype} ${printNode(n, k, loads)}`),
    ...k.carries.map((c, i) => `  carry ${i}: ${c.dtype} from ${c.init} next ${c.next}`),
    ...k.stores.map((s, i) => `  ${printAccess(stores[i]!, s)} ← ${printStore(s, k)}`),
  ]
}

const printStore = (s: Store, k: Kernel): string =>
  `${s.reduce === null ? '' : `${s.reduce} `}${s.node}${k.time === null ? '' : ` ${s.when}`}`

function printNode(n: KernelNode, k: Kernel, loads: readonly Operand[]): string {
  switch (n.op) {
    case 'const':
      return number(n.value)
    case 'load':
      return printAccess(loads[n.operand]!, k.loads[n.operand]!)
    case 'index':
      return `index ${n.axis}`
    case 'carry':
    case 'final':
      return `${n.op} ${n.carry}`
    default:
      return `${n.op} ${n.args.join(' ')}`
  }
}

function printRoutine(r: Routine): string {
  const { kind, ...rest } = r
  const value = (x: unknown): string =>
    typeof x === 'object' && x !== null
      ? `(${Object.entries(x)
          .map(([k, v]) => `${k} ${value(v)}`)
          .join(' ')})`
      : String(x)
  return `${kind} ${Object.entries(rest)
    .map(([k, v]) => `${k} ${value(v)}`)
    .join(' ')}:`
}
