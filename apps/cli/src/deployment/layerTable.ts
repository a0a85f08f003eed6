import type { Chip, LayerReport } from '@spikeward/chip'
import { alignedTable } from '../io/table.js'
import type { ChipPart } from './quantiseRun.js'

const resets: Readonly<Record<LayerReport['reset'], string>> = {
  zero: 'to 0',
  subtract: 'by subtraction',
  subtractEarlier: 'by subtraction, in the step of the spike',
  zeroInstead: 'to 0, instead of by subtraction',
}

/** The input of a layer, in the words of its table. */
const inputOf = ({ biasBits }: Chip, { input }: LayerReport): string =>
  input === 'spikes' ? 'spikes' : `constant currents of the host, ${biasBits.mantissa} bits`

/** The layers of a run on a chip: cores, what was clipped and rounded, and how inputs and resets are represented. */
export const layerTable = (chip: Chip, parts: readonly Pick<ChipPart, 'name' | 'network'>[]): string =>
  alignedTable(
    ['layer', 'neurons', 'synapses', 'cores', 'clipped weights', 'RMS error of weights', 'input', 'reset'],
    parts.flatMap(({ name, network }) =>
      network.report.map((r, l) =>
        [
          name === 'network' ? l : `${name} ${l}`,
          ...[r.neurons, r.synapses, r.cores, r.clipped, r.rmsWeightError.toPrecision(3)],
          ...[inputOf(chip, r), resets[r.reset]],
        ].map(String),
      ),
    ),
  )
