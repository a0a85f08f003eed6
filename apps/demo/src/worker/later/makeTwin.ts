import { type Backend, key as keyOf } from '@spikeward/core'
import { heatTwin } from '@spikeward/experiment'
import { type HeatSample, heatedField, heatedStream, plate, rod } from '@spikeward/problems'
import { type Learner, learner } from '@spikeward/train'

const bodies = { rod, plate }

/** The number of samples that follow, and the body during them: another body begins anew. */
export type TwinQuestion = {
  readonly body: keyof typeof bodies
  readonly samples: number
  /** The diffusivity ÷ that before the drift. */
  readonly factor: number
  /** Numbers of sensors that have failed. */
  readonly failed: readonly number[]
  /** Whether a copy of the network stops learning before them. */
  readonly freeze: boolean
}

/** A field that was forecast, and its relative L2 error over the samples of a frame. */
type Forecast = { readonly field: Float64Array; readonly error: number }

/** A body and its twins at the last of some samples. */
export type TwinFrame = {
  readonly body: TwinQuestion['body']
  /** Samples so far. */
  readonly count: number
  readonly truth: Float64Array
  readonly readings: Float64Array
  /** By the network that learns, and by the copy that does not; null while there is no forecast. */
  readonly learning: Forecast | null
  readonly frozen: Forecast | null
  /** Whether errors have risen, by the test of the learner. */
  readonly drift: boolean
}

type Twin = { readonly one: Learner; field: Float64Array; off: number; size: number; drift: boolean }

/** Opens a heated body, and a spiking network that learns to forecast its field from its sensors while it runs. */
export async function makeTwin(
  backend: Backend,
  key: number,
  name: TwinQuestion['body'],
): Promise<(question: TwinQuestion) => Promise<TwinFrame>> {
  const body = bodies[name]
  const { horizon, points } = body
  const twinOf = async (more: { readonly frozen?: boolean; readonly from?: Uint8Array }): Promise<Twin> => ({
    one: await learner({ ...heatTwin(body, [64]), ...more, key, backend }),
    ...{ field: new Float64Array(points), off: 0, size: 0, drift: false },
  })
  let now: Pick<TwinQuestion, 'factor' | 'failed'> = { factor: 1, failed: [] }
  const conditions = () => ({ diffusivity: now.factor * body.diffusivity[0], failed: now.failed })
  const stream = heatedStream(body, keyOf(key), conditions)
  const learning = await twinOf({})
  let frozen: Twin | null = null
  /** The newest samples: those of the request, and the `horizon` before them. */
  let recent: HeatSample[] = []

  const follow = async (twin: Twin | null, samples: readonly HeatSample[]): Promise<Forecast | null> => {
    if (twin === null) return null
    const first = twin.one.count
    const rows = samples.map(({ readings, plan }) => ({ x: Float64Array.of(...readings, ...plan), y: readings }))
    const outcomes = await twin.one.take(rows)
    ;[twin.off, twin.size, twin.drift] = [0, 0, outcomes.some(({ drift }) => drift)]
    for (const { index, prediction } of outcomes) {
      const at = index - first + recent.length - samples.length
      const [before, { field }] = [recent[at - horizon]!, recent[at]!]
      // A sensor that had failed when the forecast was made has none.
      twin.field = heatedField(body, prediction, before.readings)
      field.forEach((u, i) => {
        twin.off += (twin.field[i]! - u) ** 2
        twin.size += u ** 2
      })
    }
    return outcomes.length === 0 ? null : { field: twin.field, error: Math.sqrt(twin.off / twin.size) }
  }

  return async ({ samples: count, freeze, ...next }) => {
    now = next
    if (freeze) frozen = await twinOf({ frozen: true, from: await learning.one.checkpoint() })
    const samples: HeatSample[] = []
    while (samples.length < count) samples.push((await stream.next()).value)
    recent = [...recent.slice(-horizon), ...samples]
    const [live, still] = [await follow(learning, samples), await follow(frozen, samples)]
    const { field, readings } = samples.at(-1)!
    const reached = { body: name, count: learning.one.count, truth: field, readings }
    return { ...reached, learning: live, frozen: still, drift: learning.drift }
  }
}
