import type { RecordedLayer } from '../../assembly/neuronRecorder.js'

/** How often the neurons of a hidden layer fire, over the recorded inputs. */
export type LayerActivity = {
  readonly name: string
  /** The rate of each neuron: spikes per time step, from 0 to 1. */
  readonly rates: Float64Array
  readonly mean: number
  /** Neurons that never fire, and neurons that fire at almost every step. */
  readonly silent: number
  readonly saturated: number
}

/** A neuron that fires at more than this share of the steps is saturated: more current changes nothing. */
const SATURATED = 0.98

export function activityOf({ name, time, samples, neurons, spikes }: RecordedLayer): LayerActivity {
  const rates = new Float64Array(neurons)
  for (let i = 0; i < spikes.length; i++) if (spikes[i] !== 0) rates[i % neurons]! += 1 / (time * samples)
  return {
    name,
    rates,
    mean: rates.reduce((a, b) => a + b, 0) / neurons,
    silent: rates.filter((r) => r === 0).length,
    saturated: rates.filter((r) => r > SATURATED).length,
  }
}
