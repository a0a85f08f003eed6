/** Sizes of a network on a problem for which it was not tuned: those of its tuned settings that are absent. */
export const genericSizes = {
  hidden: [50],
  branch: [100],
  trunk: [50],
  features: 20,
  rank: 1,
  /** Residual points per step. */
  collocation: 100,
  /** Lines of a grid along each axis, for separable networks. */
  lines: 16,
} as const
