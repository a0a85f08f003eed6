import { SpikewardError } from '@spikeward/core'
import type { SpikingMlpOptions } from './spikingMlp.js'

const known = new Set([
  'inputs',
  'outputs',
  'hidden',
  'neuron',
  'spike',
  'time',
  'chunk',
  'domain',
  'output',
  'membrane',
  'dtype',
])

const refuse = (what: string, remedy: string): never => {
  throw new SpikewardError('INVALID_OPTION', `spikingMlp: ${what}; ${remedy}`)
}

function count(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) refuse(`${name} = ${value}`, 'give a whole number of at least 1')
}

/** Throws INVALID_OPTION or UNKNOWN_OPTION for options that make no network. */
export function checkMlpOptions(o: SpikingMlpOptions): void {
  const stranger = Object.keys(o).find((name) => !known.has(name))
  if (stranger !== undefined) {
    throw new SpikewardError(
      'UNKNOWN_OPTION',
      `spikingMlp: there is no option '${stranger}'; known are ${[...known].join(', ')}`,
    )
  }
  count('inputs', o.inputs)
  count('outputs', o.outputs)
  count('time', o.time)
  if (o.chunk !== undefined) count('chunk', o.chunk)
  if (o.hidden.length === 0)
    refuse('no hidden layer', 'name at least one width: without spikes there is nothing to train')
  o.hidden.forEach((n, l) => count(`hidden[${l}]`, n))
  if (o.domain !== undefined) {
    if (o.domain.length !== o.inputs)
      refuse(`a domain of ${o.domain.length} intervals for ${o.inputs} inputs`, 'give one [low, high] for each')
    for (const [low, high] of o.domain)
      if (!(low < high && Number.isFinite(high - low)))
        refuse(`the interval [${low}, ${high}]`, 'low must be below high')
  }
  if (o.output !== undefined) {
    for (const [name, values] of Object.entries(o.output)) {
      if (values.length !== o.outputs || !values.every((v) => Number.isFinite(v))) {
        refuse(`output.${name} = [${values.join(', ')}]`, `give ${o.outputs} finite numbers`)
      }
    }
    if (o.output.scale.some((v) => v === 0))
      refuse('an output scale of 0', 'the output could never change; give another')
  }
  const [low, high] = o.membrane ?? [0, 1]
  if (!(low <= high && Number.isFinite(low) && Number.isFinite(high)))
    refuse(`membrane = [${low}, ${high}]`, 'give finite numbers, low at most high')
}
