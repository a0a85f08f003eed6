/** Numbers in the tables of a comparison. */
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
