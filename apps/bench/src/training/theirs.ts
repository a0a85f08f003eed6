/** Other libraries on the same training. */
import { rm } from 'node:fs/promises'
import { type Key, type PointSet, jit, key as keyOf, referenceBackend, treeLeaves } from '@spikeward/core'
import { standardise } from '@spikeward/operators'
import { toPoints } from '@spikeward/train'
import type { Absent, Peer } from '../peers/peer.js'
import { writeSpecification } from '../peers/specification.js'
import { type PeerName, peerEntries } from '../peers/registry.js'
import { type StepSettings, adamSettings } from '../step/stepSettings.js'
import { directionOf, lossOf, shareStep, stepNetwork } from '../step/shareStep.js'
import type { NamedTensor, Shared, StepData } from '../step/shareStep.js'
import { checkPeers } from '../step/timeStep.js'
import { type Training, FINAL_SHARE, trainers, trainingParts, trainingStep } from './trainers.js'

const flat = (name: string, values: Float64Array, count: number): NamedTensor => ({
  name,
  shape: [count, values.length / count],
  values: Float32Array.from(values),
})

/** Every `step`-th row of the points of a set. */
function thinned({ x, y, count }: PointSet, step: number): readonly [x: Float64Array, y: Float64Array, count: number] {
  const rows = (values: Float64Array): Float64Array => {
    const width = values.length / count
    return values.filter((_, i) => Math.floor(i / width) % step === 0)
  }
  return [rows(x), rows(y), Math.ceil(count / step)]
}

/** The first step of the training with standardised targets, and its points as peers receive them. */
async function shareTraining(
  key: number,
  step: StepSettings,
  errorsAtEvery: number,
): Promise<Shared & { readonly shift: number; readonly scale: number }> {
  const { problem } = trainingParts()
  const train = problem.points('train')
  const { shift: [shift = 0] = [], scale: [scale = 1] = [] } = standardise(train)
  const y = train.y.map((v) => (v - shift) / scale)
  const first: PointSet = {
    x: train.x.slice(0, step.batch * problem.inputs),
    y: y.slice(0, step.batch),
    count: step.batch,
    grid: null,
  }
  const network = stepNetwork(step, problem.domain)
  // Not the numbers that `fit` draws from this key, but the same distribution.
  const backend = referenceBackend()
  const init = jit((k: Key) => {
    const [own, other] = k.split(2) as [Key, Key]
    const { trained, fixed } = network.init(own)
    return { trained, fixed, direction: directionOf(other, trained) }
  })
  const { trained, fixed, direction } = init(keyOf(key, { backend }))
  const data: StepData = { fixed, ...toPoints(first) }
  const shared = await shareStep(lossOf(network), trained, data, direction)
  init.dispose()
  treeLeaves({ trained, data, direction }).forEach((t) => t.dispose())
  const measured = (['validation', 'test'] as const).flatMap((split) => {
    const [points, values, count] = thinned(problem.points(split), errorsAtEvery)
    return [flat(`${split}.x`, points, count), flat(`${split}.y`, values, count)]
  })
  return {
    ...shared,
    shift,
    scale,
    tensors: [...shared.tensors, flat('train.x', train.x, train.count), flat('train.y', y, train.count), ...measured],
  }
}

/** A library, ready to train from the initial parameters of a key. */
export type TheirTrainer = {
  readonly peer: Peer
  train(form: string, steps: number, key: number): Promise<Training>
  close(): Promise<void>
}

/**
 * Starts a library on the training, after checking its loss and derivative.
 *
 * @param options.step a smaller step; default: that of the training that is timed
 * @param options.errorsAtEvery measures errors at every n-th validation and test point; default 1
 */
export async function startTraining(
  name: PeerName,
  key: number,
  options: {
    readonly threads: number
    readonly compile: boolean
    readonly step?: StepSettings
    readonly errorsAtEvery?: number
  },
): Promise<TheirTrainer | Absent> {
  const { step = trainingStep } = options
  const { shift, scale, tensors, loss, along } = await shareTraining(key, step, options.errorsAtEvery ?? 1)
  const { folder, path } = await writeSpecification(step, options.threads, tensors, {
    compile: options.compile,
    optimizer: { ...adamSettings, learningRate: trainers.bp.learningRate },
    training: { shift, scale, final: FINAL_SHARE },
  })
  const peer = await peerEntries[name].start('train', path, options.threads)
  const tidy = (): Promise<void> => rm(folder, { recursive: true, force: true })
  if ('absent' in peer) {
    await tidy()
    return peer
  }
  checkPeers([peer], { loss, along })
  return {
    peer,
    train: async (form, steps, run) => (await peer.ask(`${steps} ${run} ${form}`)) as Training,
    async close() {
      peer.close()
      await tidy()
    },
  }
}
