import type { Tensor } from './tensor.js'

let open: Set<Tensor> | null = null

/** Registers a new tensor with the innermost open scope. */
export function track(t: Tensor): void {
  open?.add(t)
}

/**
 * Runs `body` in a new scope, then passes the result and the tensors that `body` made to `finish`, which disposes them
 * or passes them to the outer scope. Users call {@link scope}.
 */
export function collect<R>(body: () => R, finish: (result: R, made: ReadonlySet<Tensor>) => void): R {
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
  finish(result, made)
  return result
}
