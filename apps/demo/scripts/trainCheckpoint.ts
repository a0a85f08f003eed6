import { mkdir, writeFile } from 'node:fs/promises'
import type { Tensor } from '@spikeward/core'
import { type TrainSettings, train } from '@spikeward/experiment'
import { type CnnVariables, type ShiftScale, cnnConvolutions } from '@spikeward/operators'
import { encodeCheckpoint, snapshotOf } from '@spikeward/train'
import { type OperatorName, shownOperators } from '../src/operator/shownOperators.js'

/** Where the page finds checkpoints. */
const folder = new URL('../public/checkpoints/', import.meta.url)

/** Trains one operator as it is tuned, and writes its network with its variables. */
async function write(name: OperatorName): Promise<void> {
  const { problem } = shownOperators[name]
  const run = await train({ problem, key: 0, backend: 'native', baselines: 'none' })
  const bytes = encodeCheckpoint(await snapshotOf(run.variables, run.snapshot))
  await mkdir(folder, { recursive: true })
  await writeFile(new URL(`${name}.safetensors`, folder), bytes)
  console.log(`${name}: test relative L2 ${run.relativeL2.toFixed(4)}, ${bytes.length} bytes`)
  await run[Symbol.asyncDispose]()
}

/** The time-stepper of fronts, whose convolutions the page runs event by event. */
const fronts = {
  ...{ problem: 'nagumo-2d', task: 'rollout(unroll=4)', network: 'cnn(channels=12,kernel=3)', spiking: 'none' },
  ...{ estimator: 'bp', sizes: [64, 8, 16], batch: 4, steps: 4000, learningRate: 3e-3, schedule: 'cosineDecay' },
  ...{ key: 0, backend: 'native', baselines: 'none' },
} as const satisfies TrainSettings

/** Trains it, and writes the weights, a few hundred numbers, with the scales of its input and output in them. */
async function writeFronts(): Promise<void> {
  const run = await train(fronts)
  const model: Readonly<Record<string, unknown>> = run.snapshot.model ?? {}
  const { grid, input } = model['data'] as { readonly grid: readonly number[]; readonly input: ShiftScale }
  const layers = cnnConvolutions(run.variables as CnnVariables, { grid, input })
  const stored = async (t: Tensor) => ({
    shape: t.shape,
    data: Array.from(await t.data(), (v) => Number(Number(v).toPrecision(7))),
  })
  const weights = await Promise.all(
    layers.map(async ({ weight, bias }) => ({ weight: await stored(weight), bias: await stored(bias) })),
  )
  await writeFile(new URL('../src/worker/later/frontWeights.json', import.meta.url), `${JSON.stringify(weights)}\n`)
  console.log(`fronts: test relative L2 ${run.relativeL2.toFixed(4)}`)
  await run[Symbol.asyncDispose]()
}

/** Trains the networks that are named, or all. */
export async function main(names: readonly string[]): Promise<void> {
  if (names.length === 0 || names.includes('fronts')) await writeFronts()
  for (const name of Object.keys(shownOperators) as OperatorName[]) {
    if (names.length === 0 || names.includes(name)) await write(name)
  }
}
