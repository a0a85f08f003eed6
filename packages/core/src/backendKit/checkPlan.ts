import type { DType } from '../tensor/dtype.js'
import { accessRange, type Kernel } from '../plan/kernel.js'
import type { Operand, Plan, Step } from '../plan/plan.js'
import { routines } from '../routines/routines.js'
import { argsOf, stageOf } from '../plan/stages.js'
import { checkForm, checkTypes, require } from './checkForm.js'

/**
 * Checks that a Plan is well formed: every field is of its type, slots exist and fit the workspace, accesses stay
 * inside their slots at every point of every iteration, dtypes match, operations get arguments that they take, nodes
 * read earlier nodes only, no kernel both reduces and has a time axis, and every store belongs to one stage.
 *
 * It does not check lifetimes and aliases of temporaries.
 *
 * `windows` says whether the backend reads windows in place (`Capabilities.windows`). By default they are refused.
 *
 * @throws INVALID_PLAN
 */
export function checkPlan(plan: Plan, { windows = false }: { readonly windows?: boolean } = {}): void {
  checkForm(plan)
  for (const [i, slot] of plan.slots.entries()) {
    if (slot.kind === 'temporary') {
      const end = slot.byteOffset + slot.size * (slot.dtype === 'f64' ? 8 : 4)
      require(slot.byteOffset >= 0 && slot.byteOffset % 64 === 0, () =>
        `slot ${i} is at byte ${slot.byteOffset}, which is not a multiple of 64`)
      require(end <= plan.workspace, () => `slot ${i} ends at byte ${end} of a workspace of ${plan.workspace}`)
    } else {
      const count = slot.kind === 'input' ? plan.inputs : plan.outputs
      require(slot.index >= 0 && slot.index < count, () => `slot ${i} is ${slot.kind} ${slot.index} of ${count}`)
    }
  }
  require(plan.donations.length === plan.outputs, () =>
    `${plan.donations.length} donations for ${plan.outputs} outputs`)
  for (const from of plan.donations)
    require(from === null || (from >= 0 && from < plan.inputs), () => `donation of input ${from} of ${plan.inputs}`)
  for (const step of plan.steps) checkStep(plan, step, [], windows)
}

function checkStep(plan: Plan, step: Step, lengths: readonly number[], windows: boolean): void {
  if (lengths.includes(0)) return
  switch (step.kind) {
    case 'loop':
      require(Number.isInteger(step.length) && step.length >= 0, () => `a loop of length ${step.length}`)
      for (const s of step.steps) checkStep(plan, s, [...lengths, step.length], windows)
      return
    case 'kernel':
      return checkKernel(plan, step.kernel, step.loads, step.stores, lengths)
    case 'routine': {
      require(windows || !('windows' in step.routine) || step.routine.windows === undefined, () =>
        'a product of windows for a backend without the capability')
      const spans = routines[step.routine.kind].spans(step.routine)
      const operands = [...step.ins, ...step.outs]
      require(operands.length === spans.length && step.outs.length === 1, () =>
        `${step.routine.kind} with ${step.ins.length} operands and ${step.outs.length} results`)
      for (const [i, { dtype, lengths: axes, strides }] of spans.entries()) {
        const { low, high } = axes.includes(0) ? { low: 0, high: -1 } : accessRange({ offset: 0, strides }, axes)
        checkSpan(plan, operands[i]!, lengths, low, high, dtype, () => `operand ${i} of ${step.routine.kind}`)
      }
    }
  }
}

function checkKernel(
  plan: Plan,
  kernel: Kernel,
  loads: readonly Operand[],
  stores: readonly Operand[],
  lengths: readonly number[],
): void {
  const { name, space, time, reduce } = kernel
  const here = (wrong: string): string => `kernel ${name}: ${wrong}`
  require(loads.length === kernel.loads.length, () => here(`${loads.length} loads given for ${kernel.loads.length}`))
  require(stores.length === kernel.stores.length, () =>
    here(`${stores.length} stores given for ${kernel.stores.length}`))
  require(time === null || (time >= 0 && time < space.length), () => here(`time axis ${time} of ${space.length}`))
  require(time === null || reduce.length === 0, () => here('a time axis together with reduced axes'))
  require(time !== null || kernel.carries.length === 0, () => here('carries without a time axis'))
  for (const axis of reduce)
    require(axis >= 0 && axis < space.length, () => here(`reduced axis ${axis} of ${space.length}`))
  for (const [i, node] of kernel.nodes.entries()) {
    for (const a of argsOf(node))
      require(a >= 0 && a < i, () => here(`node ${i} (${node.op}) reads node ${a}, which does not come before it`))
    if ('args' in node)
      checkTypes(
        node.op,
        node.dtype,
        node.args.map((a) => kernel.nodes[a]!.dtype),
        (wrong) => here(`node ${i}: ${wrong}`),
      )
    if (node.op === 'load')
      require(kernel.loads[node.operand]?.dtype === node.dtype, () =>
        here(`node ${i} loads ${node.dtype} through access ${node.operand}`))
    if (node.op === 'index')
      require(node.axis >= 0 && node.axis < space.length, () =>
        here(`node ${i} is coordinate ${node.axis} of ${space.length}`))
    if (node.op === 'carry' || node.op === 'final')
      require(kernel.carries[node.carry]?.dtype === node.dtype, () =>
        here(`node ${i} reads ${node.dtype} carry ${node.carry}`))
  }
  const stages = stageOf(kernel)
  for (const [i, c] of kernel.carries.entries()) {
    require(stages[c.init] === 'before', () =>
      here(`carry ${i} starts from node ${c.init}, which is not known before the first step`))
    require(stages[c.next] === 'before' || stages[c.next] === 'each', () =>
      here(`carry ${i} continues with node ${c.next}, which is known only after the last step`))
  }
  for (const [i, s] of kernel.stores.entries()) {
    require(kernel.nodes[s.node]?.dtype === s.dtype, () => here(`store ${i} writes node ${s.node} as ${s.dtype}`))
    const stage = stages[s.node]
    if (time !== null)
      require(s.when === 'each' ? stage !== 'after' : stage !== 'each', () =>
        here(`store ${i} writes a node of stage ${stage} when ${s.when}`))
    if (s.reduce !== null)
      for (const axis of reduce)
        require(s.strides[axis] === 0, () => here(`store ${i} reduces over axis ${axis} and moves along it`))
  }
  const operands = [...loads, ...stores]
  for (const [i, access] of [...kernel.loads, ...kernel.stores].entries()) {
    require(access.strides.length === space.length, () =>
      here(`access ${i} has ${access.strides.length} strides for ${space.length} axes`))
    const store = i < loads.length ? null : kernel.stores[i - loads.length]!
    const folds = store !== null && store.reduce !== null
    // Even a loop without steps does its loads and stores outside the loop.
    const once = store === null ? time !== null && access.strides[time] === 0 : store.when === 'once'
    const axes = space.map((n, a) => ((once && a === time) || (folds && reduce.includes(a)) ? 1 : n))
    if (axes.includes(0)) continue
    const { low, high } = accessRange(access, axes)
    checkSpan(plan, operands[i]!, lengths, low, high, access.dtype, () => here(`access ${i}`))
  }
}

function checkSpan(
  plan: Plan,
  operand: Operand,
  lengths: readonly number[],
  low: number,
  high: number,
  dtype: DType,
  name: () => string,
): void {
  const slot = plan.slots[operand.slot]
  require(slot !== undefined, () => `${name()}: slot ${operand.slot} of ${plan.slots.length}`)
  require(slot.dtype === dtype || (slot.dtype !== 'f64' && dtype !== 'f64'), () =>
    `${name()}: ${dtype} in a slot of ${slot.dtype}`)
  let first = operand.offset + low
  let last = operand.offset + high
  for (const [d, by] of operand.advance.entries()) {
    require(d < lengths.length, () => `${name()}: advances with a loop that does not enclose it`)
    const reach = by * (lengths[d]! - 1)
    if (reach < 0) first += reach
    else last += reach
  }
  require(low > high || (first >= 0 && last < slot.size), () =>
    `${name()}: elements ${first} … ${last} of slot ${operand.slot}, which has ${slot.size}`)
}
