import { tensor } from '@spikeward/core'
import type { Questions } from '../protocol.js'
import { pick, surrogates } from './catalogue.js'

/** Points of the curve, on [−2, 2]. */
const POINTS = 161

/** Answers how the slope of a surrogate goes with the distance to the threshold. */
export async function slope({ surrogate }: Questions['slope']['ask']): Promise<Questions['slope']['answer']> {
  const u = Array.from({ length: POINTS }, (_, i) => -2 + (4 * i) / (POINTS - 1))
  const values = await pick('surrogate', surrogate, surrogates).make().slope(tensor(u)).data()
  // A constant slope comes as one number.
  return { u, slope: u.map((_, i) => Number(values[values.length === 1 ? 0 : i])) }
}
