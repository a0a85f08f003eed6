import { jit, kebabCase, key as keyOf, relativeL2, tensor, treeLeaves } from '@spikeward/core'
import type { Backend, Key, PointSet, Tensor } from '@spikeward/core'
import {
  deviceNodePerturbation,
  deviceTensors,
  fromDevice,
  loihi2,
  payloads,
  readOutDevice,
  readoutTensors,
  runDevice,
  toDevice,
  trainDevice,
  withMismatch,
} from '@spikeward/chip'
import type {
  DeviceArrays,
  DeviceNeurons,
  DeviceParams,
  DeviceReadout,
  LearnedWords,
  ReadoutNumbers,
} from '@spikeward/chip'
import { countStep, horowitz45, modelledEnergy } from '@spikeward/energy'
import { lossesOf, mlpToNir, toDoubles, withProblem, writeNir } from '@spikeward/nir'
import type { MlpDescription } from '@spikeward/nir'
import type { SpikingMlpVariables } from '@spikeward/operators'
import { evaluate, lossAt, regressionTask, restoreVariables, stepLossOf } from '@spikeward/train'
import type { Questions } from '../../protocol.js'
import { OWN } from '../../settings/own.js'
import type { Settings } from '../../settings/settings.js'
import { buildContender, buildFunction } from '../buildContender.js'
import type { FunctionParts } from '../buildContender.js'
import { describeNetwork, floatLayers, withLayers } from './describeNetwork.js'

/** The share of synapses of an imperfect chip that are stuck, and the rate of fine-tuning in powers of two. */
const [STUCK, RATE] = [0.01, -4]

type Data = { readonly x: Tensor; readonly y: Tensor }

/** Uniform numbers in [0, 1) from a key: the same chip for the same key. */
function uniformFrom(key: number): () => number {
  let state = (key * 2_654_435_761 + 1) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Points as payloads, with standardised targets. */
function placed(arrays: DeviceArrays, mlp: MlpDescription, { x, y, count }: PointSet, backend: Backend): Data {
  const [middle, factor] = [toDoubles(mlp.normalise!.middle), toDoubles(mlp.normalise!.factor)]
  const [shift, scale] = [toDoubles(mlp.output!.shift), toDoubles(mlp.output!.scale)]
  const inputs = x.map((v, i) => (v - middle[i % middle.length]!) * factor[i % factor.length]!)
  const targets = y.map((v, i) => (v - shift[i % shift.length]!) / scale[i % scale.length]!)
  return {
    x: tensor(payloads(arrays.network, inputs), { shape: [count, middle.length], dtype: 'i32', backend }),
    y: tensor(targets, { shape: [count, shift.length], dtype: 'f32', backend }),
  }
}

/** Errors of a network on a chip before and after fine-tuning, and the words that it learned. */
async function tuned(
  arrays: DeviceArrays,
  mlp: MlpDescription,
  { problem }: FunctionParts,
  how: { readonly steps: number; readonly batch: number; readonly key: number },
  backend: Backend,
): Promise<{ readonly quantised: number; readonly tuned: number; readonly words: readonly LearnedWords[] }> {
  const { network } = arrays
  const { params, neurons } = deviceTensors(arrays, backend)
  const train = problem.points('train')
  const [data, test] = [train, problem.points('test')].map((set) => placed(arrays, mlp, set, backend)) as [Data, Data]
  const held: ReadoutNumbers = {
    weight: toDoubles(mlp.readout.weight),
    bias: toDoubles(mlp.readout.bias),
    centre: toDoubles(mlp.readout.centre),
  }
  const readout = readoutTensors(held, backend)
  const predict = jit((p: DeviceParams, n: readonly DeviceNeurons[], host: DeviceReadout, x: Tensor) =>
    readOutDevice(network, host, runDevice(network, n, p, x).at(-1)!),
  )
  const expected = new Float64Array(await test.y.data())
  const [shift, scale] = [toDoubles(mlp.output!.shift), toDoubles(mlp.output!.scale)]
  const inUnits = (y: Float64Array): Float64Array =>
    y.map((v, i) => shift[i % shift.length]! + scale[i % scale.length]! * v)
  const errorOf = async (p: DeviceParams): Promise<number> => {
    const y = predict(p, neurons, readout, test.x)
    const found = new Float64Array(await y.data())
    y.dispose()
    return relativeL2(inUnits(found), inUnits(expected))
  }
  const quantised = await errorOf(params)
  const trained = await trainDevice({
    network,
    neurons,
    params,
    readout: held,
    data,
    estimator: deviceNodePerturbation(),
    host: { kind: 'held' },
    rate: RATE,
    backend,
    ...how,
  })
  const after = await errorOf(trained.params)
  const words = await Promise.all(
    trained.params.map(async ({ weight, bias }) => ({
      weight: new Float64Array(await weight.data()),
      bias: new Float64Array(await bias.data()),
    })),
  )
  predict.dispose()
  treeLeaves([trained.params, neurons, readout, data, test]).forEach((t) => t.dispose())
  return { quantised, tuned: after, words }
}

/** The operations of a step of the contender's training, counted value by value and priced. */
async function ledgerOf(
  settings: Settings,
  contender: number,
  { network, problem }: FunctionParts,
  { trained, fixed }: SpikingMlpVariables,
  backend: Backend,
): Promise<Questions['chip']['answer']['ledger']> {
  const { estimator, optimizer } = buildContender(settings, settings.contenders[contender]!)
  const task = regressionTask({ network, problem, batch: settings.batch })
  const loss = stepLossOf(task)
  const ledger = await countStep({
    lossAt: (f: typeof fixed, data: ReturnType<typeof task.data>, key: Key) => lossAt(loss, { fixed: f, data }, key),
    estimator,
    optimizer,
    trained,
    fixed,
    data: task.data(),
    key: keyOf(settings.key, { backend }),
  })
  const { low, high, model } = modelledEnergy(ledger.total, horowitz45)
  const { acs, macs } = ledger.total
  return { acs, macs, bytesMoved: ledger.bytesMoved, firingRate: ledger.firingRate, model, low, high }
}

/** Answers with the errors of a network on a simulated chip, the cost of its training, and its NIR file. */
export function makeOnChip(backend: Backend): (q: Questions['chip']['ask']) => Promise<Questions['chip']['answer']> {
  return async ({ settings, contender, snapshot, bits, spread, steps }) => {
    const shared = buildFunction(settings)
    const variables = await restoreVariables(shared.network, snapshot, { backend })
    const mlp = await describeNetwork(settings, shared.problem, variables)
    const layers = floatLayers(mlp)
    const perfect = toDevice(loihi2, layers, { bits })
    const uniform = uniformFrom(settings.key)
    const arrays = spread === 0 ? perfect : withMismatch(perfect, { spread, stuck: STUCK, uniform })
    const how = { steps, batch: settings.batch, key: settings.key }
    const { relativeL2: float } = await evaluate(shared.network, variables, shared.problem.points('test'))
    const { words, ...errors } = await tuned(arrays, mlp, shared, how, backend)
    const ledger = await ledgerOf(settings, contender, shared, variables, backend)
    const learned = fromDevice(arrays, layers, words)
    const graph = mlpToNir(withLayers(mlp, learned), { allowLossy: true })
    // The command line does not know the user's own points.
    const nir = await writeNir(settings.problem === OWN ? graph : withProblem(graph, kebabCase(settings.problem)))
    treeLeaves(variables).forEach((t) => t.dispose())
    return { float, ...errors, ledger, nir, losses: lossesOf(mlp) }
  }
}
