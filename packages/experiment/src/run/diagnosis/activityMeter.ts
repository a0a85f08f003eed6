import {
  SpikewardError,
  jit,
  jvp,
  key as keyOf,
  maximum,
  mean,
  mul,
  normal,
  sqrt,
  square,
  treeFlatten,
  treeUnflatten,
} from '@spikeward/core'
import type { Key, Tensor, Tree } from '@spikeward/core'
import type { Task, Variables } from '@spikeward/train'
import type { Experiment } from '../../assembly/experiment.js'
import { activityOf } from './diagnose.js'
import type { RunActivity } from './diagnose.js'

/** Validation inputs at which neurons are recorded. */
const SAMPLES = 32

export type ActivityMeter = {
  measure(variables: Variables, step: number): Promise<RunActivity>
  dispose(): void
}

/** Loss and directional derivative along a random direction in which every tensor moves by its own size. */
function slopeOf({ objective }: Task): (trained: Tree, fixed: Tree, data: Tree, key: Key) => readonly [Tensor, Tensor] {
  return (trained, fixed, data, key) => {
    const { leaves, structure } = treeFlatten(trained)
    const moved = leaves.map((t, i) => {
      const dtype = t.dtype === 'f64' ? 'f64' : 'f32'
      return mul(normal(key.fold(i), t.shape, { dtype }), maximum(sqrt(mean(square(t))), 1e-3))
    })
    const loss = (p: Tree): Tensor => objective(p, fixed, data, key)
    return jvp(loss, [trained], [treeUnflatten(structure, moved)])
  }
}

export async function activityMeter({ task, neurons }: Experiment): Promise<ActivityMeter> {
  const recorder = await neurons('validation', { samples: SAMPLES })
  const slope = jit(slopeOf(task))
  const data = task.data()
  let differentiable = true
  const tangentAt = async ({ trained, fixed }: Variables, step: number): Promise<number | null> => {
    if (!differentiable) return null
    try {
      const [loss, change] = slope(trained, fixed, data, keyOf(step))
      const [l, d] = [Number(await loss.item()), Number(await change.item())]
      loss.dispose()
      change.dispose()
      return Math.abs(d) / Math.max(Math.abs(l), Number.MIN_VALUE)
    } catch (error) {
      // A loss of a package may lack a rule of differentiation, which its estimator does not need.
      if (!(error instanceof SpikewardError)) throw error
      differentiable = false
      return null
    }
  }
  return {
    async measure(variables, step) {
      const layers = (await recorder.record(variables)).map(activityOf)
      return { step, layers, tangent: await tangentAt(variables, step) }
    },
    dispose() {
      recorder.dispose()
      slope.dispose()
    },
  }
}
