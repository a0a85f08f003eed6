/** The default width, as a share of the shortest axis. */
const SHARE = 0.05

/**
 * The usual step of a stencil, or deviation of the noise of Stein's derivatives: 5 % of the shortest axis.
 *
 * @param domain [low, high] of each axis
 * @example stencilDerivatives({ step: stencilWidth(problem.domain) })
 */
export const stencilWidth = (domain: readonly (readonly [number, number])[]): number =>
  SHARE * Math.min(...domain.map(([low, high]) => high - low))
