/** A worker thread that answers one caller after the other. It must not keep the process alive while it waits. */
export interface ReusableThread {
  /** Whether the thread has ended, or may answer a next caller wrongly. */
  readonly spent: boolean
  close(): Promise<void>
}

/** See {@link idleThread}. */
export interface IdleThread<T extends ReusableThread> {
  /** The idle thread, or else a new one. The caller owns it until it hands it back. */
  take(): T
  /** Hands a thread back: it is closed if it is spent, or if another one is idle already. */
  handBack(thread: T): Promise<void>
}

/**
 * At most one idle thread, which the next caller takes. To start a thread and to load a library there takes much longer than to
 * read a small file.
 *
 * @param start a new thread
 * @param seconds that a thread stays idle before it is closed, so that its memory is released; default 10
 * @example
 * const idle = idleThread(hdf5Thread)
 * const thread = idle.take()
 * // ask the thread …
 * await idle.handBack(thread)
 */
export function idleThread<T extends ReusableThread>(start: () => T, seconds = 10): IdleThread<T> {
  let idle: T | null = null
  let timer: NodeJS.Timeout | undefined
  const remove = (): T | null => {
    clearTimeout(timer)
    const removed = idle
    idle = null
    return removed
  }
  return {
    take() {
      const taken = remove()
      // It may have ended while it waited.
      return taken === null || taken.spent ? start() : taken
    },
    async handBack(thread) {
      if (thread.spent || (idle !== null && !idle.spent)) return thread.close()
      remove()
      idle = thread
      timer = setTimeout(() => void remove()?.close(), 1000 * seconds)
      timer.unref()
    },
  }
}
