import { readRegularText } from '@spikeward/core/node'
import { type EnergyModel, energyModels, readEnergyModel } from '@spikeward/energy'
import { asUsage, pick, usageError } from '../../usage/usageError.js'

/** The model of a name, or of a JSON file. */
export async function loadEnergyModel(name: string): Promise<EnergyModel> {
  if (!name.endsWith('.json')) return pick('energy model', name, energyModels)
  const json = await readRegularText(name, { what: 'an energy model' }).catch((error: unknown) => {
    throw usageError(
      'CLI_FILE',
      `cannot read the energy model ${name}: ${error instanceof Error ? error.message : String(error)}`,
    )
  })
  return asUsage(() => readEnergyModel(json))
}
