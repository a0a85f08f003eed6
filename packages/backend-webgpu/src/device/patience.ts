/** Waits for a promise that the device resolves. */
export type Patience = <T>(promise: Promise<T>) => Promise<T>

/** Longest nap in milliseconds, least, and the share of the time waited that a nap may take. */
const LONGEST = 1
const LEAST = 0.02
const SHARE = 1 / 16

/**
 * In Node, Dawn asks the device in every turn of the event loop whether it is done, which keeps a core busy that a software
 * renderer would rather have. Here every turn sleeps for a sixteenth of what has been waited, a millisecond at most: the wait
 * is longer by no more than that, and the core is free. Events are handled between naps. A page needs none of this.
 */
export function patience(): Patience {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return (promise) => promise
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let waiting = 0
  let began = 0
  let turning = false
  const turn = (): void => {
    turning = waiting > 0
    if (!turning) return
    const nap = Math.min(LONGEST, (performance.now() - began) * SHARE)
    if (nap > LEAST) Atomics.wait(cell, 0, 0, nap)
    setImmediate(turn)
  }
  return async (promise) => {
    if (waiting++ === 0) began = performance.now()
    if (!turning) setImmediate(turn)
    turning = true
    try {
      return await promise
    } finally {
      waiting--
    }
  }
}
