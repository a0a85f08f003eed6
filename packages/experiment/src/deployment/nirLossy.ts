import { SpikewardError } from '@spikeward/core'

/**
 * The error for a network that other readers of NIR would run differently.
 *
 * @param losses each difference, in words
 * @param otherwise another remedy than the flag
 */
export const nirLossy = (losses: readonly string[], otherwise = ''): SpikewardError =>
  new SpikewardError(
    'NIR_LOSSY',
    `other readers of NIR would run this network differently: ${losses.join('; ')}; write it anyway with --allow-lossy if only Spikeward reads the file${otherwise}, or train a network with --reset zero --membrane 0,0, which other readers run alike`,
  )
