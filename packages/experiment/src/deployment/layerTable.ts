import type { Chip, LayerReport } from '@spikeward/chip'
import { resetInWords } from '@spikeward/nir'
import { alignedTable } from '../io/texts.js'
import type { ChipPart } from '../node/deployment/quantiseRun.js'

const resets: Readonly<Record<LayerReport['reset'], string>> = {
  zero: '',
  subtract: '',
  subtractEarlier: '; the chip subtracts it divided by beta in the step of the spike, which gives the same spikes',
  zeroInstead: '; the chip sets it to 0 instead',
}

const inputOf = ({ biasBits }: Chip, { input }: LayerReport): string =>
  input === 'spikes' ? 'spikes' : `constant currents of the host, ${biasBits.mantissa} bits`

/** The layers of a run on a chip: cores, what was clipped and rounded, and how inputs and resets are represented. */
export const layerTable = (chip: Chip, parts: readonly Pick<ChipPart, 'name' | 'mlp' | 'network'>[]): string =>
  alignedTable(
    ['layer', 'neurons', 'synapses', 'cores', 'clipped weights', 'RMS error of weights', 'input', 'reset'],
    parts.flatMap(({ name, mlp, network }) =>
      network.report.map((r, l) =>
        [
          name === 'network' ? l : `${name} ${l}`,
          ...[r.neurons, r.synapses, r.cores, r.clipped, r.rmsWeightError.toPrecision(3)],
          ...[inputOf(chip, r), `${resetInWords(mlp.layers[l]!.neuron)}${resets[r.reset]}`],
        ].map(String),
      ),
    ),
  )
