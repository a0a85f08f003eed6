/** Time limit in seconds for loading a plug-in's module and calling its factory; some plug-ins download a model first. */
const SECONDS = 120

/**
 * Awaits a promise of a plug-in, which may never settle: the process would then end in silence, or wait for ever.
 *
 * @param late the error if it is not settled in time
 */
export async function withinSeconds<T>(
  promise: T,
  late: (seconds: number) => Error,
  seconds = SECONDS,
): Promise<Awaited<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(seconds)), seconds * 1000)
  })
  try {
    return await Promise.race([promise, expired])
  } finally {
    clearTimeout(timer)
  }
}
