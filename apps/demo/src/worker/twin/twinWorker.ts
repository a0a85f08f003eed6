/** The script of the worker of the twin: it answers each request for samples with a frame. */
import { makeTwin } from './makeTwin.js'
import type { TwinAsk } from './makeTwin.js'

const twin = makeTwin(0)

self.addEventListener('message', ({ data }: MessageEvent<TwinAsk>) => {
  const answer = async (): Promise<void> => self.postMessage(await (await twin)(data))
  // A rejection of an async listener is not an error event of the worker; an exception of a timer is.
  answer().catch((error: unknown) =>
    setTimeout(() => {
      throw error
    }),
  )
})
