import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Runs a whole garbage collection, in a process that was started without --expose-gc as well. */
export const collectGarbage = runInNewContext('gc') as () => void
