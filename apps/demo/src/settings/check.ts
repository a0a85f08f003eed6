import type { Settings } from './settings.js'

/** The largest values that a page should try. */
const limits = { time: 1024, width: 4096, layers: 4, batch: 1024, steps: 1_000_000, directions: 1024 } as const

const whole = (name: string, value: number, least: number, most: number): string | null =>
  Number.isInteger(value) && value >= least && value <= most
    ? null
    : `${name} is ${value}; give a whole number from ${least} to ${most.toLocaleString('en')}.`

/**
 * What is wrong with settings, and what to do, in sentences for the page; empty where a run can begin. The limits are those
 * of a page: the command line takes more.
 */
export function faultsOf(settings: Settings): string[] {
  const { time, batch, steps, hidden, beta, key, lanes } = settings
  const layers = hidden.length >= 1 && hidden.length <= limits.layers
  return [
    whole('T', time, 1, limits.time),
    layers ? null : `There are ${hidden.length} hidden layers; give 1 to ${limits.layers} widths, such as 50, 50.`,
    ...hidden.map((n, l) => whole(`The width of layer ${l + 1}`, n, 1, limits.width)),
    whole('The batch', batch, 1, limits.batch),
    whole('The number of steps', steps, 1, limits.steps),
    whole('The key', key, 0, 0xffff_ffff),
    beta === null || (beta >= 0 && beta <= 1) ? null : `β is ${beta}; give a number from 0 to 1.`,
    lanes.length > 0 ? null : 'No estimator is chosen; add one to the race.',
    ...lanes.flatMap((lane) => [
      lane.directions === null
        ? null
        : whole(`The number of directions of ${lane.estimator}`, lane.directions, 1, limits.directions),
      lane.learningRate > 0 && lane.learningRate <= 100
        ? null
        : `The learning rate of ${lane.estimator} is ${lane.learningRate}; give a number above 0 and at most 100.`,
    ]),
  ].filter((fault) => fault !== null)
}
