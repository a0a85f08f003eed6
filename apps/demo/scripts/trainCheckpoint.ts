import { mkdir, writeFile } from 'node:fs/promises'
import { native } from '@spikeward/backend-native'
import { rfg } from '@spikeward/estimators'
import { solveOperatorReadout } from '@spikeward/operators'
import { adam, cosineDecay } from '@spikeward/optim'
import { encodeCheckpoint, evaluateOperator, fit, operatorTask } from '@spikeward/train'
import { makeOperator, problemOf } from '../src/operator/makeOperator.js'
import { shownOperators } from '../src/operator/shownOperators.js'
import type { OperatorName } from '../src/operator/shownOperators.js'

/** Where the page finds checkpoints. */
const folder = new URL('../public/checkpoints/', import.meta.url)

/** Steps between two exact solves of the readouts. */
const SOLVE_EVERY = 20

/** Steps of a run: a reaction–diffusion step costs twenty times as much as a Poisson step. */
const steps: Readonly<Record<OperatorName, number>> = { poisson: 3000, 'reaction-diffusion': 600 }

/** Learning rate at the first step; it falls by a cosine. */
const RATE = 1e-3

/** Trains one operator forward only, hidden layers by random directions and readouts solved, and writes its variables. */
async function train(name: OperatorName): Promise<void> {
  const problem = problemOf(name)
  const data = await problem.data('train')
  const { inner, network, hard } = makeOperator(name, problem, data.sensors)
  const backend = await native()
  const task = await operatorTask({ network, problem, functions: 128 })
  const events = fit({
    task,
    callbacks: [{ every: SOLVE_EVERY, run: solveOperatorReadout(inner, { hard }) }],
    estimator: rfg({ directions: 8 }),
    optimizer: adam(cosineDecay({ initial: RATE, steps: steps[name] })),
    backend,
    key: 0,
    steps: steps[name],
    every: 200,
    validateEvery: 200,
  })
  for await (const e of events) {
    if (e.type === 'validation') console.log(`${name} step ${e.step}  validation ${e.relativeL2.toFixed(4)}`)
    if (e.type !== 'end') continue
    const { relativeL2 } = await evaluateOperator(network, e.variables, problem, await problem.data('test'))
    const tensors = new Map([...e.snapshot.tensors].filter(([path]) => /^(trained|fixed)\./.test(path)))
    const bytes = encodeCheckpoint({ ...e.snapshot, tensors })
    await mkdir(folder, { recursive: true })
    await writeFile(new URL(`${name}.safetensors`, folder), bytes)
    console.log(`${name}: test relative L2 ${relativeL2.toFixed(4)}, ${bytes.length} bytes, ${e.seconds.toFixed(0)} s`)
  }
  await backend[Symbol.asyncDispose]()
}

/** Trains the operators that are named, or all. */
export async function main(names: readonly string[]): Promise<void> {
  for (const name of Object.keys(shownOperators) as OperatorName[]) {
    if (names.length === 0 || names.includes(name)) await train(name)
  }
}
