import { SpikewardError } from '@spikeward/core'

/**
 * The length of a step, which a node with a time constant requires.
 *
 * @throws NIR_DT_MISSING
 */
export function needDt(name: string, type: string, dt: number | null): number {
  if (dt !== null) return dt
  throw new SpikewardError(
    'NIR_DT_MISSING',
    `node '${name}' of type ${type} evolves in continuous time, and neither the file nor the caller specifies the length of a step; give dt in seconds, such as 1e-3`,
  )
}
