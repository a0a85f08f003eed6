import type { Functions } from './protocol.js'
import type { Settings } from './settings/settings.js'

/** Everything that the functions of an operator depend on, as text. */
export const functionsOf = ({ problem, problemOptions }: Pick<Settings, 'problem' | 'problemOptions'>): string =>
  JSON.stringify([problem, Object.entries(problemOptions).sort(([a], [b]) => (a < b ? -1 : 1))])

type Waiting = { resolve(): void; reject(error: Error): void }

const LEFT = 'the page has begun another run; ask about that one'

/**
 * Keeps the functions of the operator that the page learns, one operator at a time, as the training worker drew them,
 * and what waits for them.
 */
export function drawnFunctions() {
  let wanted: string | null = null
  let current: Functions | null = null
  let ended: Error | null = null
  let waiting: readonly Waiting[] = []

  const settle = (how: (one: Waiting) => void): void => {
    const before = waiting
    waiting = []
    before.forEach(how)
  }

  return {
    get held() {
      return current
    },
    /**
     * A run begins: functions of another operator are released, and who waits for them is refused.
     *
     * @param of the settings on which its functions depend, see `functionsOf`; null for a problem that has none
     */
    begin(of: string | null): void {
      ended = null
      if (of === wanted) return
      wanted = of
      current = null
      settle(({ reject }) => reject(new Error(LEFT)))
    },
    /** Functions were drawn; those of an earlier run are ignored. */
    take(functions: Functions): void {
      if (functions.of !== wanted) return
      current = functions
      settle(({ resolve }) => resolve())
    },
    /** The run ended; without its functions, who waits for them is refused. */
    stop(error: Error): void {
      ended = error
      settle(({ reject }) => reject(error))
    },
    /**
     * Resolves as soon as these functions are held.
     *
     * @throws the error of a run that ended before; an error if another run has begun
     */
    async ready(of: string): Promise<void> {
      if (of !== wanted) throw new Error(LEFT)
      if (current !== null) return
      if (ended !== null) throw ended
      await new Promise<void>((resolve, reject) => {
        waiting = [...waiting, { resolve, reject }]
      })
    },
  }
}
