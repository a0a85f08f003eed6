import { openBackend } from '../backends.js'
import { sampleMean as mean } from '@spikeward/train'
import { type TrainerName, type Training, trainOurs, trainers } from './trainers.js'
import type { PeerName } from '../peers/registry.js'
import { startTraining } from './theirs.js'

/** Trainings by one method, key by key, each longer than the one before, until the validation error is low enough. */
export type Climb = {
  readonly who: string
  readonly how: string
  readonly threads: number
  readonly keys: readonly { readonly key: number; readonly trainings: readonly Training[] }[]
}

/** A training method that is not available, and the reason. */
export type NoClimb = { readonly who: string; readonly absent: string }

export type ClimbSettings = {
  readonly target: number
  readonly keys: readonly number[]
  readonly threads: number
  readonly compile: boolean
}

/** Whether a training reached the target on the validation points. */
export const reached = ({ validation }: Training, target: number): boolean =>
  validation !== null && validation <= target

/** Trains for increasing numbers of steps until the target is reached or the ladder ends. */
export async function climb(
  ladder: readonly number[],
  target: number,
  train: (steps: number) => Promise<Training>,
): Promise<readonly Training[]> {
  const trainings: Training[] = []
  for (const steps of ladder) {
    const training = await train(steps)
    trainings.push(training)
    if (reached(training, target)) break
  }
  return trainings
}

export async function climbOurs(name: TrainerName, backendName: string, s: ClimbSettings): Promise<Climb> {
  await using backend = await openBackend(backendName, s.threads)
  const { ladder, about } = trainers[name]
  const keys: { key: number; trainings: readonly Training[] }[] = []
  for (const key of s.keys) {
    keys.push({ key, trainings: await climb(ladder, s.target, (steps) => trainOurs(name, steps, key, backend)) })
  }
  return { who: `spikeward, ${backendName}`, how: about, threads: backend.capabilities.threads, keys }
}

export async function climbTheirs(name: PeerName, s: ClimbSettings): Promise<Climb | NoClimb> {
  const keys: { key: number; trainings: readonly Training[] }[] = []
  let top = { who: name as string, how: '', threads: s.threads }
  for (const key of s.keys) {
    const started = await startTraining(name, key, s)
    if ('absent' in started) return { who: name, absent: started.absent }
    try {
      const { forms, version, threads } = started.peer
      const best = forms.reduce((a, b) => (b.ms < a.ms ? b : a))
      top = { who: `${name} ${version}`, how: `back-propagation, ${best.name}`, threads }
      const train = (steps: number): Promise<Training> => started.train(best.name, steps, key)
      keys.push({ key, trainings: await climb(trainers.bp.ladder, s.target, train) })
    } finally {
      await started.close()
    }
  }
  return { ...top, keys }
}

/** The result of a climb over keys; null if a key did not reach the target. */
export function summit(c: Climb, target: number): { seconds: number; steps: number; relativeL2: number } | null {
  const ends = c.keys.map(({ trainings }) => trainings.at(-1))
  const good = ends.filter((t): t is Training => t !== undefined && reached(t, target))
  if (good.length < ends.length || good.length === 0) return null
  return {
    seconds: mean(good.map((t) => t.seconds)),
    steps: mean(good.map((t) => t.steps)),
    relativeL2: mean(good.map((t) => t.relativeL2 ?? Number.NaN)),
  }
}
