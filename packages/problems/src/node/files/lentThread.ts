import { idleThread } from '@spikeward/core/node'
import { corrupt } from './dataFile.js'
import { hdf5Thread } from './hdf5Thread.js'
import type { Hdf5Thread } from './hdf5Thread.js'

/**
 * A thread for one file. Its `close` closes the file and leaves the thread to the file that is opened next, if the library has
 * read everything so far without an error, and within the memory that it began with. A damaged file may have damaged that memory.
 */
export function lentThread(): Hdf5Thread {
  const thread = threads.take()
  let path: string | null = null
  let isClosed = false
  return {
    get spent() {
      return isClosed || thread.spent
    },
    async ask(request, of, seconds) {
      if (isClosed) throw corrupt(of, 'it was closed')
      path = of
      return thread.ask(request, of, seconds)
    },
    async close() {
      if (isClosed) return
      isClosed = true
      // Without an answer the thread has ended, and is spent.
      if (path !== null && !thread.spent) await thread.ask({ what: 'close' }, path, SECONDS).catch(() => {})
      await threads.handBack(thread)
    },
  }
}

/** Seconds that closing a file may take. */
const SECONDS = 10

const threads = idleThread(strictThread)

/** A thread that is also spent once the library has met an error, or its memory has grown. */
export function strictThread(): Hdf5Thread {
  const thread = hdf5Thread()
  let isSound = true
  return {
    get spent() {
      return thread.spent || !isSound
    },
    async ask(...given) {
      const answer = await thread.ask(...given)
      isSound &&= answer.sound
      return answer
    },
    close: () => thread.close(),
  }
}
