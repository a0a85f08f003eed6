/** The one search: candidates are tried in waves, and the first with the least error wins. */

/** A candidate that was tried; an error of Infinity: it failed. */
export type Tried<C> = { readonly candidate: C; readonly error: number }

/** The candidates of the next wave, from all that were tried, in their order; none ends the search. */
export type Strategy<C> = (tried: readonly Tried<C>[]) => readonly C[] | Promise<readonly C[]>

/** The first with the least error; null if no error is finite. */
export const leastOf = <T extends { readonly error: number }>(tried: readonly T[]): T | null =>
  tried.reduce<T | null>((best, one) => (one.error < (best?.error ?? Infinity) ? one : best), null)

/**
 * Tries candidates until a strategy proposes no more.
 *
 * @param run tries the candidates of a wave, at once or one after another
 * @returns the candidates that were tried, in order, and the best one
 */
export async function searchBest<C, T extends Tried<C>>(
  next: Strategy<C>,
  run: (wave: readonly C[], before: readonly T[]) => Promise<readonly T[]>,
): Promise<{ readonly tried: readonly T[]; readonly best: T | null }> {
  const tried: T[] = []
  for (let wave = await next(tried); wave.length > 0; wave = await next(tried)) tried.push(...(await run(wave, tried)))
  return { tried, best: leastOf(tried) }
}

/** Runs a wave one after another. */
export const inTurn =
  <C, T extends Tried<C>>(run: (candidate: C) => Promise<T>) =>
  async (wave: readonly C[]): Promise<readonly T[]> => {
    const trials: T[] = []
    for (const candidate of wave) trials.push(await run(candidate))
    return trials
  }

export const all =
  <C>(candidates: readonly C[]): Strategy<C> =>
  (tried) =>
    tried.length === 0 ? candidates : []

/** Fits every candidate and returns the fit with the least validation error; the first one if no error is finite. */
export async function bestFit<C, T extends { readonly validation: number }>(
  candidates: readonly C[],
  fit: (candidate: C) => Promise<T>,
): Promise<T> {
  const tryAt = async (candidate: C) => {
    const fitted = await fit(candidate)
    return { candidate, error: fitted.validation, found: fitted }
  }
  const { tried, best } = await searchBest(all(candidates), inTurn(tryAt))
  return (best ?? tried[0]!).found
}

/**
 * Whole numbers, first those of a list and then those beyond whichever end is best; below the lowest while nothing has
 * a finite error.
 *
 * @param allows whether a further number is tried, when `tried` were
 */
export const beyond =
  (first: readonly number[], allows: (place: number, tried: number) => boolean): Strategy<number> =>
  (tried) => {
    if (tried.length === 0) return first
    const places = tried.map(({ candidate }) => candidate)
    const [low, high] = [Math.min(...places), Math.max(...places)]
    const best = leastOf(tried)?.candidate ?? low
    const next = best === low ? low - 1 : best === high ? high + 1 : null
    return next !== null && allows(next, tried.length) ? [next] : []
  }
