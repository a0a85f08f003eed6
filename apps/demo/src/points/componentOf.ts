/** One of several values at each point, which are stored one after another. */
export const componentOf = (values: Float32Array, outputs: number, component: number): Float32Array =>
  outputs === 1 ? values : values.filter((_, i) => i % outputs === component)
