import { concatenate, jit, reshape, scan, slice, tensor, transpose } from '@spikeward/core'
import type { Network, PointSet, SequenceNetwork, Tensor, Tree, WindowShape } from '@spikeward/core'
import type { Variables } from '@spikeward/train'

/** The relative L2 error over windows of what is predicted some rows ahead, and that of the last known row. */
export type HorizonError = { readonly steps: number; readonly error: number; readonly persistence: number }

/**
 * Errors of a network that runs free: it reads the warm-up and the first scored step of each window, and then its own
 * predictions as the next rows.
 *
 * @returns an entry for each scored step; null for a network that reads no steps, or where a prediction is not the next
 *   row
 */
export async function freeRun(
  network: Network<Variables>,
  variables: Variables,
  { steps, scored, channels, outputs, horizon, autonomous }: WindowShape,
  { x, y, count }: PointSet,
): Promise<readonly HorizonError[] | null> {
  if (!autonomous || horizon !== 1 || !isSequenceNetwork(network) || count === 0) return null
  const warm = steps - scored
  const run = jit((v: Variables, windows: Tensor): Tensor => {
    const rows = transpose(reshape(windows, [count, steps, channels]), [1, 0, 2])
    const first = reshape(slice(rows, [warm, 0, 0], [warm + 1, count, channels]), [count, channels])
    const silent = (state: Tree, row: Tensor): [Tree, []] => [network.step(v, state, row)[0], []]
    const rest = network.rest(count)
    const known = warm === 0 ? rest : scan(silent, rest, slice(rows, [0, 0, 0], [warm, count, channels]))[0]
    const free = ({ state, row }: { readonly state: Tree; readonly row: Tensor }) => {
      const [next, prediction] = network.step(v, state, row)
      const own = concatenate([prediction, slice(row, [0, 0], [count, channels - outputs])], 1)
      return [{ state: next, row: own }, prediction] as [{ readonly state: Tree; readonly row: Tensor }, Tensor]
    }
    return scan(free, { state: known, row: first }, null, { length: scored })[1]
  })
  const input = tensor(Float32Array.from(x), { shape: [count, steps * channels] })
  const predictions = run(variables, input)
  const predicted = await predictions.data()
  for (const one of [run, input, predictions]) one.dispose()
  return Array.from({ length: scored }, (_, s) => {
    let [size, own, last] = [0, 0, 0]
    for (let n = 0; n < count; n++)
      for (let o = 0; o < outputs; o++) {
        const target = y[(n * scored + s) * outputs + o]!
        size += target ** 2
        own += (Number(predicted[(s * count + n) * outputs + o]) - target) ** 2
        last += (x[(n * steps + warm) * channels + o]! - target) ** 2
      }
    return { steps: s + 1, error: Math.sqrt(own / size), persistence: Math.sqrt(last / size) }
  })
}

/** Whether a network reads a window of a sequence step by step. */
export const isSequenceNetwork = (network: Network<Variables>): network is SequenceNetwork<Variables> =>
  'step' in network && 'rest' in network
