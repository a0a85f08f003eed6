/** A trained network as a function of tensors, with the facts that a file states about it. */
import type { Tensor } from '@spikeward/core'
import type { OpenInput } from './program/openProgram.js'

/** A network and the names and ranges of its numbers. */
export type Exportable = {
  /** The name of what it learned, such as `mexican-hat`. */
  readonly title: string
  /** The axes of a point, in the order of its numbers. */
  readonly inputs: readonly string[]
  /** The names of the outputs, in their order. */
  readonly outputs: readonly string[]
  /** The interval of each axis that the network was trained on. */
  readonly domain: readonly (readonly [number, number])[]
  /** Of an operator, the point of each number of an input function; null: the network takes none. */
  readonly sensors: readonly (readonly number[])[] | null
  /** Of a network on one grid, its points, at which it is always evaluated; null: at any points. */
  readonly places: readonly (readonly number[])[] | null
  /**
   * The network at points x [n, inputs]: [n, outputs]. Of an operator, of functions u [m, sensors] at points x: [m, n,
   * outputs]. On one grid, of functions alone.
   */
  apply(...tensors: readonly Tensor[]): Tensor
}

/** The inputs of a network in files: functions `input`, of which there are m, and `points`, of which there are n. */
export const inputsOf = ({ inputs, sensors, places }: Exportable): readonly OpenInput[] => [
  ...(sensors === null ? [] : [{ name: 'input', rows: 'm', width: sensors.length }]),
  ...(places === null ? [{ name: 'points', rows: 'n', width: inputs.length }] : []),
]

/** The facts of a network that its files carry as data. */
export const factsOf = ({ title, inputs, outputs, domain, sensors, places }: Exportable) => ({
  title,
  inputs,
  outputs,
  domain,
  ...(sensors === null ? {} : { sensors }),
  ...(places === null ? {} : { points: places }),
})
