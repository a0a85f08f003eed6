import { key as keyOf } from '@spikeward/core'
import { driftingRod, heatedRod, rod } from '@spikeward/problems'

const SAMPLES = 60_000
const AT_ONCE = 64

/**
 * The rows of `--source example:heated-rod`: a column `t`, readings `s1` to `s6`, empty from a sensor that has failed, and the planned powers
 * `p1`, `p2`. The diffusivity drifts from sample 20,000 to 40,000, and the third sensor fails at sample 50,000 of 60,000.
 */
export async function* rodRows(): AsyncGenerator<string, void> {
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)
  let [t, text] = [0, `${['t', ...names('s', rod.sensors.length), ...names('p', rod.heaters)].join()}\n`]
  for await (const { readings, plan } of heatedRod(keyOf(0), driftingRod(SAMPLES).conditions)) {
    text += `${[t, ...readings, ...plan].map((v) => (Number.isNaN(v) ? '' : Number(v.toPrecision(6)))).join()}\n`
    if (++t % AT_ONCE > 0 && t < SAMPLES) continue
    yield text
    if (t === SAMPLES) return
    text = ''
  }
}
