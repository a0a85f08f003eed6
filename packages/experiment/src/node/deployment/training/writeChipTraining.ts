/** The folder that `chip train` writes. */
import { basename, join } from 'node:path'
import { makeFolder, writeWhole } from '@spikeward/core/node'
import { barChartSpec } from '@spikeward/plots'
import { writeFigure } from '../../figures/drawFigures.js'
import type { TrainConfig } from '../../../config/trainConfig.js'
import { alignedTable } from '../../../io/texts.js'
import { type Provenance, provenance } from '../../provenance.js'
import { makeOutputFolder } from '../../run/prepareFolder.js'
import { deployFiles } from '../deployFolder.js'
import type { ChipTraining, PartName } from '../../../deployment/training/onDevice.js'
import type { TrainedOnChip, TrainedPart } from '../../../deployment/training/trainOnChip.js'

/** The mean loss of a step. */
export type ChipProgress = { readonly part: PartName; readonly step: number; readonly loss: number }

type Written = {
  readonly of: string
  /** The problem, its data and the network; for a run also how it was trained before. */
  readonly config: Partial<TrainConfig>
  readonly how: ChipTraining
  readonly estimator: string
  /** The size of its perturbation, as `--perturbation` gives it; null for an estimator of another package. */
  readonly perturbation: number | null
  /** Relative L2 of the network before it was put on the chip. */
  readonly float: number
  readonly trained: TrainedOnChip
  readonly progress: readonly ChipProgress[]
  /** NIR files of the parts in their order; null if none is written. */
  readonly nirs: readonly Uint8Array[] | null
}

type Summary = Provenance & {
  readonly format: 'spikeward-chip-training'
  readonly version: 1
  readonly of: string
  readonly out: string
  readonly config: Partial<TrainConfig>
  readonly perturbation: number | null
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

function learnedJson({ arrays: { network, layers }, words, readout }: TrainedPart): unknown {
  return {
    chip: network.chip.name,
    time: network.time,
    inputBits: network.inputBits,
    layers: layers.map((layer, l) => ({
      ...network.layers[l]!,
      weight: numbers(words[l]!.weight),
      bias: numbers(words[l]!.bias),
      threshold: numbers(layer.threshold),
      resetBy: numbers(layer.resetBy),
      decay: numbers(layer.decay),
      initial: numbers(layer.initial),
      working: numbers(layer.working),
    })),
    readout: { weight: numbers(readout.weight), bias: numbers(readout.bias), centre: numbers(readout.centre) },
  }
}

async function writeParts(
  out: string,
  { parts, product }: TrainedOnChip,
  nirs: Written['nirs'],
): Promise<readonly string[]> {
  const files: string[] = []
  const write = async (name: string, content: string | Uint8Array): Promise<void> => {
    await writeWhole(join(out, name), content)
    files.push(name)
  }
  for (const [i, part] of parts.entries()) {
    const folder = part.name === 'network' ? '' : part.name
    await makeFolder(join(out, folder))
    await write(join(folder, 'learned.json'), `${JSON.stringify(learnedJson(part))}\n`)
    if (nirs !== null) await write(join(folder, deployFiles.nir), nirs[i]!)
  }
  if (product !== null) await write(deployFiles.product, `${JSON.stringify(product)}\n`)
  return files
}

/** Writes a training whole, the summary last: a folder without it is not complete. */
export async function writeChipTraining(out: string, written: Written): Promise<Summary> {
  const { of, config, how, perturbation, float, trained, progress, nirs } = written
  const { chip, estimator, loss, ...settings } = how
  await makeOutputFolder(out)
  const own = await writeParts(out, trained, nirs)
  const line = ({ part, ...rest }: ChipProgress): object => (part === 'network' ? rest : { part, ...rest })
  await writeWhole(join(out, 'metrics.jsonl'), progress.map((p) => `${JSON.stringify(line(p))}\n`).join(''))
  const relativeL2 = { float, ...trained.errors }
  const bars = [
    { name: 'in floats', value: relativeL2.float },
    { name: 'before', value: relativeL2.before },
    { name: 'trained on the chip', value: relativeL2.after },
    { name: 'readout solved', value: relativeL2.solved },
  ]
  const figures = await writeFigure(join(out, 'errors'), barChartSpec({ bars, measure: 'relative L2' }))
  const origin = provenance()
  const table = alignedTable(
    ['layer', 'value', 'largest magnitude', 'bits', 'bits of its word'],
    trained.parts.flatMap(({ name, arrays, uses }) =>
      uses.map((u) => {
        const layer = u.layer === arrays.layers.length ? 'losses' : String(u.layer)
        return [name === 'network' ? layer : `${name} ${layer}`, u.value, u.largest, u.bits, u.word].map(String)
      }),
    ),
  )
  const size = perturbation === null ? '' : ` --perturbation ${perturbation}`
  const report = `# ${basename(of)} trained on ${chip.name}

Relative L2 on the test data: ${float.toFixed(4)} in floats, ${relativeL2.before.toFixed(4)} on the chip before training, ${relativeL2.after.toFixed(4)} after ${trained.steps} of ${trained.planned} steps of \`${estimator.name}\`, ${relativeL2.solved.toFixed(4)} with the readout solved again.

![Errors](errors.svg)

The chip: ${how.bits} bits a weight, thresholds and decays spread by ${100 * how.spread} %, ${100 * how.stuck} % of the synapses stuck. Losses: ${loss.name}; readout: ${how.readout}.

No value on the chip leaves its word, as follows from the formats:

${table}
The training: \`--estimator ${written.estimator}${size} --batch ${how.batch} --rate ${how.rate} --key ${how.key}\`${how.readout === 'solved' ? `, a solve every ${how.solveEvery} steps` : ''}, by spikeward ${origin.versions['spikeward']}${origin.commit === null ? '' : `, commit ${origin.commit}${origin.dirty ? ' with changes' : ''}`}, on ${origin.date}. The problem and the network:

\`\`\`json
${JSON.stringify(config, null, 2)}
\`\`\`
`
  await writeWhole(join(out, 'report.md'), report)
  const files = [...own, 'metrics.jsonl', 'report.md', 'summary.json']
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
