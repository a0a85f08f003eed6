/** Times the parts of a training step alone, on the data that they have in training. */
import type { Backend, DeviceBuffer, DotRoutine, Plan } from '@spikeward/core/backend'
import { SpikewardError } from '@spikeward/core'
import type { StepSettings } from '../step/stepSettings.js'
import { makeWorkload } from '../step/workload.js'
import { type Part, partsOf, slotBytes } from './isolate.js'

export type TimedPart = Omit<Part, 'plan' | 'ins' | 'outs'> & {
  /** The least time of one execution, of many. */
  readonly ms: number
  /** The additions that a product of spikes does; null for other steps. */
  readonly additions: number | null
}

export type TimedStep = { readonly ms: number; readonly parts: readonly TimedPart[] }

/** The least time of many executions, in ms: at least `rounds`, and until `budgetMs` has passed. */
export async function leastOf(run: () => unknown, rounds: number, budgetMs: number): Promise<number> {
  let best = Infinity
  const end = performance.now() + budgetMs
  for (let i = 0; i < rounds || performance.now() < end; i++) {
    const begun = performance.now()
    await run()
    best = Math.min(best, performance.now() - begun)
  }
  return best
}

/** A backend that records the buffers of each plan's last run. */
function noting(backend: Backend) {
  const inputs = new Map<Plan, readonly DeviceBuffer[]>()
  const noted: Backend = {
    ...backend,
    compile(plan) {
      const executable = backend.compile(plan)
      return {
        ...executable,
        run(ins, outs) {
          inputs.set(plan, [...ins])
          executable.run(ins, outs)
        },
      }
    },
  }
  return { noted, inputsOf: (plan: Plan) => inputs.get(plan) }
}

/** The native backend looks up the sums of four inputs at once; others add spike by spike. */
async function additionsIn(
  { steps: [step], slots }: Plan,
  from: readonly DeviceBuffer[],
  backend: Backend,
): Promise<number | null> {
  if (step?.kind !== 'routine' || step.routine.kind !== 'dot' || !step.routine.binary) return null
  const { slot, offset } = step.ins[0]!
  const spikes = await backend.read(from[slot] as DeviceBuffer, 'f32', slots[slot]!.size)
  return additionsOf(step.routine, spikes.subarray(offset), backend.name === 'native' ? 4 : 1)
}

/**
 * Takes a training step, then executes each step of its plan alone, in order, on buffers that hold the data of the
 * plan's own: the cost of some products depends on the number of spikes.
 */
export async function timeParts(settings: StepSettings, backend: Backend, budgetMs: number): Promise<TimedStep> {
  const { noted, inputsOf } = noting(backend)
  const workload = await makeWorkload(settings, noted, false)
  try {
    const ms = await leastOf(() => workload.step(), 5, 10 * budgetMs)
    const { plan } = workload
    const inputs = inputsOf(plan)
    if (inputs === undefined)
      throw new SpikewardError('BENCH_NO_INPUTS', 'roofline: the step ran without its plan; this is a bug')
    const buffers: DeviceBuffer[] = []
    for (const slot of plan.slots) {
      const buffer = backend.allocate(slotBytes(slot))
      if (slot.kind === 'input') {
        backend.write(buffer, await backend.read(inputs[slot.index] as DeviceBuffer, slot.dtype, slot.size))
      }
      buffers.push(buffer)
    }
    const parts: TimedPart[] = []
    const of = (slots: readonly number[]): DeviceBuffer[] => slots.map((s) => buffers[s] as DeviceBuffer)
    for (const { plan: alone, ins, outs, ...part } of partsOf(plan)) {
      const executable = backend.compile(alone)
      const [from, to] = [of(ins), of(outs)]
      const once = async (): Promise<void> => {
        executable.run(from, to)
        // If reads are asynchronous, work is complete once its result can be read.
        if (backend.readSync === undefined) await backend.read(to[0] as DeviceBuffer, 'f32', 1)
      }
      const timed = await leastOf(once, 3, budgetMs)
      parts.push({ ...part, ms: timed, additions: await additionsIn(alone, from, backend) })
      executable.dispose()
    }
    buffers.forEach((b) => backend.free(b))
    return { ms, parts }
  } finally {
    workload.dispose()
  }
}

/**
 * The additions that a product of spikes does: one for each column and each group of inputs with a spike.
 *
 * @param spikes the left operand, from its first element on
 * @param group adjacent inputs whose sums are looked up at once; 1: every spike is added by itself
 */
export function additionsOf({ batch, m, n, k, a }: DotRoutine, spikes: ArrayLike<number>, group: number): number {
  const batches = Math.max(batch, 1)
  const ownSpikes = a.batch === 0 ? 1 : batches
  let fired = 0
  for (let b = 0; b < ownSpikes; b++) {
    for (let i = 0; i < m; i++) {
      for (let first = 0; first < k; first += group) {
        let any = false
        for (let l = first; l < Math.min(first + group, k); l++) any ||= spikes[b * a.batch + i * a.m + l * a.k] !== 0
        if (any) fired++
      }
    }
  }
  return (fired * n * batches) / ownSpikes
}
