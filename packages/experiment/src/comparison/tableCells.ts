/** Numbers in the tables of a comparison. */
import { sampleDeviation, sampleMean } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'

/** A relative error, or a dash. */
export const shown = (value: number | null, digits = 4): string => (value === null ? '—' : value.toFixed(digits))

/** Mean ± spread. */
export const meanSpread = (mean: number | null, spread: number | null): string =>
  `${shown(mean)}${spread === null ? '' : ` ± ${shown(spread)}`}`

/** A network and its sizes in a few words. */
export function networkLine({ network, hidden, branch, trunk, features, rank, spiking, loss }: TrainConfig): string {
  const layers = (name: string, widths: readonly number[] | null): string[] =>
    widths === null ? [] : [`${name} ${widths.join('-')}`]
  return [
    network,
    ...layers('hidden layers', hidden),
    ...layers('branch', branch),
    ...layers('trunk', trunk),
    ...(features === null ? [] : [`features ${features}`]),
    ...(rank === null ? [] : [`rank ${rank}`]),
    ...(spiking === null ? [] : [`spiking: ${spiking}`]),
    ...(loss === null ? [] : [`loss: ${loss}`]),
  ].join(', ')
}

const present = (values: readonly (number | null)[]): number[] => values.filter((v): v is number => v !== null)

/** The mean of the values that are not null; null if there is none. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const found = present(values)
  return found.length === 0 ? null : sampleMean(found)
}

/** The sample standard deviation of the values that are not null; null for fewer than two. */
export const spreadOf = (values: readonly (number | null)[]): number | null => sampleDeviation(present(values))
