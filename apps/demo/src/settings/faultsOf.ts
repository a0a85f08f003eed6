import { contenderLabel } from './settings.js'
import type { Contender, Settings } from './settings.js'

/** The largest values that a page should try. */
const limits = { time: 1024, width: 4096, layers: 4, batch: 1024, steps: 1_000_000, directions: 1024 } as const

const whole = (name: string, value: number, least: number, most: number): string | null =>
  Number.isInteger(value) && value >= least && value <= most
    ? null
    : `${name} is ${value}; give a whole number from ${least} to ${most.toLocaleString('en')}.`

/** Bytes that a page may fill with one training step. */
const ROOM = 2 ** 30

/** About the bytes of a training step: what goes forward holds one layer's tangents, what goes backward every step of time. */
function bytesOf({ hidden, time, batch }: Settings, { estimator, directions }: Contender): number {
  const values =
    estimator === 'bp' ? hidden.reduce((a, b) => a + b, 0) * time : Math.max(...hidden) * (1 + (directions ?? 1))
  return 4 * batch * values
}

/** What would not fit into a page although each number by itself would. */
function tooLarge(settings: Settings, contender: Contender): string | null {
  const bytes = bytesOf(settings, contender)
  if (bytes <= ROOM) return null
  return `A step of ${contenderLabel(contender)} would fill about ${(bytes / 2 ** 30).toFixed(1)} GiB; take smaller widths, fewer points a step, ${contender.estimator === 'bp' ? 'a shorter T' : 'fewer directions'}.`
}

/** What is wrong with each number by itself. */
function wrongNumbers({ time, batch, steps, hidden, beta, key, contenders }: Settings): string[] {
  const layers = hidden.length >= 1 && hidden.length <= limits.layers
  return [
    whole('T', time, 1, limits.time),
    layers ? null : `There are ${hidden.length} hidden layers; give 1 to ${limits.layers} widths, such as 50, 50.`,
    ...hidden.map((n, l) => whole(`The width of layer ${l + 1}`, n, 1, limits.width)),
    whole('The batch', batch, 1, limits.batch),
    whole('The number of steps', steps, 1, limits.steps),
    whole('The key', key, 0, 0xffff_ffff),
    beta === null || (beta >= 0 && beta <= 1) ? null : `β is ${beta}; give a number from 0 to 1.`,
    contenders.length > 0 ? null : 'No estimator is chosen; add one to the race.',
    ...contenders.flatMap((contender) => [
      contender.directions === null
        ? null
        : whole(`The number of directions of ${contender.estimator}`, contender.directions, 1, limits.directions),
      contender.learningRate > 0 && contender.learningRate <= 100
        ? null
        : `The learning rate of ${contender.estimator} is ${contender.learningRate}; give a number above 0 and at most 100.`,
    ]),
  ].filter((fault) => fault !== null)
}

/**
 * What is wrong with settings, and what to do, in sentences for the page; empty where a run can begin. The limits are those
 * of a page: the command line takes more.
 */
export function faultsOf(settings: Settings): string[] {
  const wrong = wrongNumbers(settings)
  if (wrong.length > 0) return wrong
  return settings.contenders.map((contender) => tooLarge(settings, contender)).filter((fault) => fault !== null)
}
