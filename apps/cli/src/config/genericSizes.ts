/** Sizes of a network on a problem that it was never tuned on. */
export const genericSizes = {
  hidden: [50],
  branch: [100],
  trunk: [50],
  features: 20,
  rank: 1,
  /** Points of a residual a step. */
  collocation: 100,
  /** Lines of a grid along each axis, for separable networks. */
  lines: 16,
} as const
