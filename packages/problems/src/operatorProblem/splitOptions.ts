import { integer, number } from '@spikeward/core'

/**
 * The key from which all functions of a problem are drawn, and how many functions each set has: the options that all
 * operator problems share.
 */
export const splitOptions = (train: number, validation: number, test: number) => ({
  /** The key from which all functions are drawn. Default 0. */
  key: integer({ min: 0, max: 0xffff_ffff, default: 0, help: 'key from which all functions are drawn' }),
  /** Functions to learn from. */
  train: integer({ min: 1, default: train, help: 'functions to learn from' }),
  /** Functions to choose settings by. */
  validation: integer({ min: 1, default: validation, help: 'functions to choose settings by' }),
  /** Functions to report on. */
  test: integer({ min: 1, default: test, help: 'functions to report on' }),
})

/** The times of an evolution: of the map, and of the frames of a trajectory. */
export const evolutionOptions = (defaults: {
  readonly duration: number
  readonly interval: number
  readonly frames: number
}) => ({
  /** The time of the map. */
  duration: number({ min: 0, above: true, default: defaults.duration, help: 'time after which the map gives u' }),
  /** Time between the frames of a trajectory. */
  interval: number({ min: 0, above: true, default: defaults.interval, help: 'time between frames of a trajectory' }),
  /** Frames of a trajectory, the first one at time 0. */
  frames: integer({ min: 2, default: defaults.frames, help: 'frames of a trajectory, the first one at time 0' }),
})
