/** Waits for a promise that the device resolves. */
export type PollBackoff = <T>(promise: Promise<T>) => Promise<T>

/**
 * The longest and the shortest sleep in milliseconds, and the share of the time waited so far that a sleep may add at
 * most.
 */
const LONGEST = 1
const SHORTEST = 0.02
const SHARE = 1 / 16

/**
 * Makes a poll back-off. In Node, Dawn polls the device in every iteration of the event loop, which keeps a core busy
 * that a software renderer could use. With the back-off, each iteration sleeps for a sixteenth of the time waited so
 * far, at most a millisecond, so a wait gets longer by no more than that. Events are handled between sleeps. A page
 * needs no back-off.
 */
export function pollBackoff(): PollBackoff {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return (promise) => promise
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let waiting = 0
  let began = 0
  let turning = false
  const turn = (): void => {
    turning = waiting > 0
    if (!turning) return
    const sleep = Math.min(LONGEST, (performance.now() - began) * SHARE)
    if (sleep > SHORTEST) Atomics.wait(cell, 0, 0, sleep)
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
