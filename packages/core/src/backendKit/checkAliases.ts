import { bytesOf } from '../tensor/dtype.js'
import { SpikewardError } from '../errors.js'
import { type Access, accessRange, type Kernel } from '../plan/kernel.js'
import type { Operand, Plan, Step } from '../plan/plan.js'

/**
 * Checks that no step of a Plan reads what has been overwritten:
 *
 * - within a step, no result may share bytes with an operand, unless both have the same access and no two points share
 *   an element (an update in place); with a stride of 0 the second point would read what the first wrote;
 * - after the step that writes a donated output, no step may read the input whose memory it took.
 *
 * It compares ranges of bytes, so it may refuse a valid Plan. It does not compare operands that advance differently in
 * a loop.
 *
 * @throws INVALID_PLAN
 */
export function checkAliases(plan: Plan): void {
  const donorOf = new Map(plan.donations.flatMap((input, output) => (input === null ? [] : [[input, output] as const])))
  const overwritten = new Map<number, Operand>()
  const walk = (step: Step): void => {
    if (step.kind === 'loop') {
      // Twice, since an iteration may read what the previous one wrote.
      for (let pass = 0; pass < Math.min(step.length, 2); pass++) for (const s of step.steps) walk(s)
      return
    }
    const [ins, outs] = step.kind === 'kernel' ? [step.loads, step.stores] : [step.ins, step.outs]
    for (const operand of ins) {
      const slot = plan.slots[operand.slot]!
      const write = slot.kind === 'input' ? overwritten.get(slot.index) : undefined
      if (write && !(moves(write) && sameAdvance(write, operand)))
        fail(
          step,
          `reads input ${slot.kind === 'input' ? slot.index : ''}, whose memory a donated output has overwritten`,
        )
    }
    checkStep(plan, step)
    for (const operand of outs) {
      const slot = plan.slots[operand.slot]!
      if (slot.kind !== 'output') continue
      for (const [input, output] of donorOf) if (output === slot.index) overwritten.set(input, operand)
    }
  }
  for (const step of plan.steps) walk(step)
}

const moves = (operand: Operand): boolean => operand.advance.some((by) => by !== 0)

const sameAdvance = (a: Operand, b: Operand): boolean => {
  const depth = Math.max(a.advance.length, b.advance.length)
  return Array.from({ length: depth }, (_, d) => (a.advance[d] ?? 0) === (b.advance[d] ?? 0)).every(Boolean)
}

function fail(step: Step, what: string): never {
  const name =
    step.kind === 'kernel' ? `kernel ${step.kernel.name}` : step.kind === 'routine' ? step.routine.kind : 'loop'
  throw new SpikewardError(
    'INVALID_PLAN',
    `${name}: ${what}; the plan is not well formed; this is a bug in the code that made it`,
  )
}

type Leaf = Exclude<Step, { kind: 'loop' }>

function checkStep(plan: Plan, step: Leaf): void {
  const kernel = step.kind === 'kernel' ? step.kernel : null
  const [ins, outs] = step.kind === 'kernel' ? [step.loads, step.stores] : [step.ins, step.outs]
  for (const [j, out] of outs.entries()) {
    for (const [i, operand] of ins.entries()) {
      if (storageOf(plan, out) !== storageOf(plan, operand) || !sameAdvance(out, operand)) continue
      const [read, write] = kernel ? [kernel.loads[i]!, kernel.stores[j]!] : [null, null]
      if (!overlap(bytesAccessed(plan, kernel, out, write), bytesAccessed(plan, kernel, operand, read))) continue
      if (!kernel || !read || !write || !inPlace(plan, kernel, operand, out, read, write))
        fail(step, `result ${j} overwrites operand ${i} while it is read`)
    }
  }
}

/** The memory of an operand; equal if two operands could share bytes. */
function storageOf(plan: Plan, operand: Operand): string {
  const slot = plan.slots[operand.slot]!
  if (slot.kind === 'temporary') return 'workspace'
  const donor = slot.kind === 'output' ? (plan.donations[slot.index] ?? null) : null
  return donor === null ? `${slot.kind} ${slot.index}` : `input ${donor}`
}

type Span = readonly [number, number]

const overlap = (a: Span, b: Span): boolean => a[0] < b[1] && b[0] < a[1]

function bytesAccessed(plan: Plan, kernel: Kernel | null, operand: Operand, access: Access | null): Span {
  const slot = plan.slots[operand.slot]!
  const base = slot.kind === 'temporary' ? slot.byteOffset : 0
  const size = bytesOf(slot.dtype)
  if (!kernel || !access) return [base + operand.offset * size, base + slot.size * size]
  if (kernel.space.includes(0)) return [base, base]
  const { low, high } = accessRange(access, kernel.space)
  return [base + (operand.offset + low) * size, base + (operand.offset + high + 1) * size]
}

/** True if every point writes exactly the element that only it reads. */
function inPlace(plan: Plan, kernel: Kernel, operand: Operand, out: Operand, read: Access, write: Access): boolean {
  const startOf = (o: Operand, access: Access): number => {
    const slot = plan.slots[o.slot]!
    return (slot.kind === 'temporary' ? slot.byteOffset : 0) + (o.offset + access.offset) * bytesOf(slot.dtype)
  }
  return (
    startOf(operand, read) === startOf(out, write) &&
    bytesOf(read.dtype) === bytesOf(write.dtype) &&
    kernel.space.every(
      (n, a) =>
        n <= 1 ||
        (read.strides[a] === write.strides[a] &&
          (write.strides[a] !== 0 || a === kernel.time || kernel.reduce.includes(a))),
    )
  )
}
