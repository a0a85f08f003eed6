/** The folder that `chip train` writes. */
import { basename, join } from 'node:path'
import { writeWhole } from '@spikeward/core/node'
import { barChartSpec } from '@spikeward/plots'
import { writeFigure } from '../figures/writeFigure.js'
import type { TrainConfig } from '../config/trainConfig.js'
import { alignedTable } from '../io/table.js'
import { provenance } from '../provenance.js'
import type { Provenance } from '../provenance.js'
import { makeOutputFolder } from '../run/prepareFolder.js'
import type { ChipTraining, TrainedOnChip } from './trainOnChip.js'

/** The description of a training in its folder. */
type Written = {
  /** The run or the problem. */
  readonly of: string
  /** The problem, its data and the network; for a run also how it was trained before. */
  readonly config: Partial<TrainConfig>
  readonly how: ChipTraining
  /** The size of the estimator's perturbation, as `--perturbation` gives it. */
  readonly perturbation: number
  /** Relative L2 of the network before it was put on the chip. */
  readonly float: number
  readonly trained: TrainedOnChip
  readonly progress: readonly { readonly step: number; readonly loss: number }[]
  readonly nir: Uint8Array | null
}

/** Settings and errors of a training, as `summary.json` has them. */
type Summary = Provenance & {
  readonly format: 'spikeward-chip-training'
  readonly version: 1
  readonly of: string
  readonly out: string
  readonly config: Partial<TrainConfig>
  readonly perturbation: number
  readonly [setting: string]: unknown
  readonly relativeL2: {
    readonly float: number
    readonly before: number
    readonly after: number
    readonly solved: number
  }
  readonly files: readonly string[]
}

const numbers = (values: ArrayLike<number>): number[] => Array.from(values)

/** Writes a training whole, the summary last: a folder without it is not complete. */
export async function writeChipTraining(out: string, written: Written): Promise<Summary> {
  const { of, config, how, perturbation, float, trained, progress, nir } = written
  const { chip, estimator, loss, ...settings } = how
  await makeOutputFolder(out)
  const { network, layers } = trained.arrays
  const learned = {
    chip: chip.name,
    time: network.time,
    inputBits: network.inputBits,
    layers: layers.map((layer, l) => ({
      ...network.layers[l]!,
      weight: numbers(trained.words[l]!.weight),
      bias: numbers(trained.words[l]!.bias),
      threshold: numbers(layer.threshold),
      resetBy: numbers(layer.resetBy),
      decay: numbers(layer.decay),
      initial: numbers(layer.initial),
      working: numbers(layer.working),
    })),
    readout: {
      weight: numbers(trained.readout.weight),
      bias: numbers(trained.readout.bias),
      centre: numbers(trained.readout.centre),
    },
  }
  await writeWhole(join(out, 'learned.json'), `${JSON.stringify(learned)}\n`)
  await writeWhole(join(out, 'metrics.jsonl'), progress.map((line) => `${JSON.stringify(line)}\n`).join(''))
  if (nir !== null) await writeWhole(join(out, 'network.nir'), nir)
  const relativeL2 = { float, ...trained.errors }
  const bars = [
    { name: 'in floats', value: relativeL2.float },
    { name: 'before', value: relativeL2.before },
    { name: 'trained there', value: relativeL2.after },
    { name: 'readout solved', value: relativeL2.solved },
  ]
  const figures = await writeFigure(join(out, 'errors'), barChartSpec({ bars, measure: 'relative L2' }))
  const origin = provenance()
  const named = (layer: number): string => (layer === layers.length ? 'losses' : String(layer))
  const table = alignedTable(
    ['layer', 'value', 'largest magnitude', 'bits', 'bits of its word'],
    trained.uses.map((u) => [named(u.layer), u.value, u.largest, u.bits, u.word].map(String)),
  )
  const report = `# ${basename(of)} trained on ${chip.name}

Relative L2 on the test data: ${float.toFixed(4)} in floats, ${relativeL2.before.toFixed(4)} on the chip before training there, ${relativeL2.after.toFixed(4)} after ${trained.steps} of ${how.steps} steps of \`${estimator.name}\`, ${relativeL2.solved.toFixed(4)} with the readout solved again.

![Errors](errors.svg)

The chip: ${how.bits} bits a weight, thresholds and decays spread by ${100 * how.spread} %, ${100 * how.stuck} % of the synapses stuck. Losses: ${loss.name}; readout: ${how.readout}.

No value on the chip leaves its word, as follows from the formats:

${table}
The training: \`--perturbation ${perturbation} --batch ${how.batch} --rate ${how.rate} --key ${how.key}\`${how.readout === 'solved' ? `, a solve every ${how.solveEvery} steps` : ''}, by spikeward ${origin.versions['spikeward']}${origin.commit === null ? '' : `, commit ${origin.commit}${origin.dirty ? ' with changes' : ''}`}, on ${origin.date}. The problem and the network:

\`\`\`json
${JSON.stringify(config, null, 2)}
\`\`\`
`
  await writeWhole(join(out, 'report.md'), report)
  const files = ['learned.json', 'metrics.jsonl', ...(nir === null ? [] : ['network.nir']), 'report.md', 'summary.json']
  const summary = {
    format: 'spikeward-chip-training',
    version: 1,
    ...origin,
    of,
    out,
    chip: chip.name,
    estimator: estimator.name,
    losses: loss.name,
    ...settings,
    perturbation,
    config,
    taken: trained.steps,
    relativeL2,
    files: [...files, ...figures.map((f) => basename(f))].sort(),
  } as const
  await writeWhole(join(out, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
  return summary
}
