import type { Tensor } from './tensor.js'

let open: Set<Tensor> | null = null

/** Tells the innermost open scope of a new tensor. */
export function track(t: Tensor): void {
  open?.add(t)
}

/**
 * Runs `body`; afterwards closes the scope: what `body` made is given to `settle`, which disposes or hands on.
 * See {@link scope} for the user's form.
 */
export function collect<R>(body: () => R, settle: (result: R, made: ReadonlySet<Tensor>) => void): R {
  const outer = open
  const made = new Set<Tensor>()
  open = made
  let result: R
  try {
    result = body()
  } catch (error) {
    for (const t of made) t.dispose()
    throw error
  } finally {
    open = outer
  }
  settle(result, made)
  return result
}
