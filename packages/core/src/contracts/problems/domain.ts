/** The box that a function is defined on: [low, high] of each axis. */
export type Domain = readonly (readonly [number, number])[]
