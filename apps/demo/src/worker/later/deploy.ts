import { type Backend, type RegressionProblem, treeLeaves, kebabCase } from '@spikeward/core'
import { deviceNodePerturbation, hostLoss, loihi2 } from '@spikeward/chip'
import { horowitz45, modelledEnergy } from '@spikeward/energy'
import { describeRun, ledgerOf, trainOnChip, type ExportFormat, exportFormats, exportable } from '@spikeward/experiment'
import { lossesOf, mlpToNir, withProblem, writeNir } from '@spikeward/nir'
import { restoreVariables } from '@spikeward/train'
import type { Trained } from '../../protocol.js'
import { OWN } from '../../settings/own.js'
import { assemble } from './buildExperiment.js'
import type { Build } from '../build.js'

/** The share of synapses of an imperfect chip that are stuck, and the rate of fine-tuning in powers of two. */
const [STUCK, RATE] = [0.01, -4]

/** Hidden layers learn on the chip, and the readout stays as it was trained. */
const usual = {
  chip: loihi2,
  estimator: deviceNodePerturbation(),
  loss: hostLoss,
  readout: 'held',
  solveEvery: 0,
  rate: RATE,
} as const

/** How a network moves to the chip. */
type Deployment = {
  /** Bits of a weight, including its sign. */
  readonly bits: number
  /** Relative deviation of thresholds and leaks between the neurons of the chip. */
  readonly spread: number
  /** Steps of fine-tuning on the chip. */
  readonly steps: number
}

/** Answers with the errors of a network on a simulated chip, the cost of its training, and its NIR file. */
export function makeOnChip(backend: Backend) {
  return async ({ settings, contender, snapshot, bits, spread, steps }: Trained & Deployment) => {
    const { config, parts } = await assemble(settings, contender)
    const { experiment } = parts
    const variables = await restoreVariables(experiment.task, snapshot, { backend })
    const mlp = await describeRun({ config, parts, variables })
    const { relativeL2: float } = await experiment.measure(variables, 'test')
    const stuck = spread === 0 ? 0 : STUCK
    const { batch, key } = settings
    const how = { ...usual, bits, spread, stuck, steps, batch, key }
    const watch = { check: () => Promise.resolve(), report: () => undefined, signal: new AbortController().signal }
    // It refuses a problem that is no function of points before.
    const {
      errors,
      parts: [network],
    } = await trainOnChip(mlp, experiment.problem as RegressionProblem, how, backend, watch)
    const { total, bytesMoved, firingRate } = await ledgerOf(parts, config, variables, backend)
    const { low, high, model } = modelledEnergy(total, horowitz45)
    const graph = mlpToNir(network!.learned, { allowLossy: true })
    // The command line does not know the user's own points.
    const nir = await writeNir(settings.problem === OWN ? graph : withProblem(graph, config.problem))
    treeLeaves(variables).forEach((t) => t.dispose())
    return {
      float,
      quantised: errors.before,
      tuned: errors.after,
      /**
       * Effective operations of a step, bytes moved without a cache, and the range of a model of energy in picojoules.
       */
      ledger: { acs: total.acs, macs: total.macs, bytesMoved, firingRate, model, low, high },
      /**
       * The network with the weights that it learned on the chip, and properties that other readers of the file would
       * run differently.
       */
      nir,
      losses: lossesOf(mlp),
    }
  }
}

/** How the names of files end. */
const endings = { module: '.js', html: '.html', onnx: '.onnx', python: '.py' } as const

/** Answers with the files of a trained network, which need no Spikeward. */
export function makeExport(backend: Backend, build: Build) {
  type Question = Trained & { readonly format: ExportFormat }
  return async ({ settings, contender, snapshot, format }: Question) => {
    // All contenders have the same network.
    const [built] = (await build(settings)).assembled ?? []
    const { config, parts } = built ?? (await assemble(settings, contender))
    const { experiment } = parts
    const variables = await restoreVariables(experiment.task, snapshot, { backend })
    const files = await exportFormats[format](exportable({ config, experiment, variables }))
    treeLeaves(variables).forEach((t) => t.dispose())
    const name = kebabCase(settings.problem)
    return {
      files: files.map(({ extension, content }) => ({ name: `${name}${extension ?? endings[format]}`, content })),
    }
  }
}
