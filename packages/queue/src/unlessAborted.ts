/** The result of a promise, or the reason of the signal if it aborts first: the promise may wait for a server that is away. */
export async function unlessAborted<R>(pending: Promise<R>, signal?: AbortSignal): Promise<R> {
  if (signal === undefined) return pending
  const heard = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    const end = (): void => reject(signal.reason as Error)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true, signal: heard.signal })
  })
  return Promise.race([pending, aborted]).finally(() => heard.abort())
}
