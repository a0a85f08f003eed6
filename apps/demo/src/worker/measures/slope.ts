import { tensor } from '@spikeward/core'
import type { Surrogate } from '@spikeward/core'
import type { Questions } from '../../protocol.js'
import { make } from '../catalogue.js'

/** Points of the curve, on [−2, 2]. */
const POINTS = 161

/** The slope of a surrogate as a function of the distance to the threshold. */
export async function slope({
  surrogate: name,
  surrogateOptions,
}: Questions['slope']['ask']): Promise<Questions['slope']['answer']> {
  const u = Array.from({ length: POINTS }, (_, i) => -2 + (4 * i) / (POINTS - 1))
  const surrogate = make('surrogate', name, surrogateOptions) as Surrogate
  const values = await surrogate.slope(tensor(u)).data()
  // A constant slope is one number.
  return { u, slope: u.map((_, i) => Number(values[values.length === 1 ? 0 : i])) }
}
