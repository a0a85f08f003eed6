import { exitCodes } from '../../usage/exitCodes.js'
import type { ExitCode } from '../../usage/exitCodes.js'
import type { Io } from '../../io/io.js'
import type { Schedule } from '../schedule/openSchedule.js'
import { Interrupted } from './compareTrials.js'
import type { Trials } from './compareTrials.js'

/**
 * Does the work of a command that runs many trials, and closes them and their schedule at its end. If the user stops it, the finished
 * trials stay in the folder, and the command fails with a note on how to continue.
 *
 * @param what the name of the trials, for the note
 */
export async function untilInterrupted(
  { trials, schedule, folder, io }: { trials: Trials; schedule: Schedule; folder: string; io: Io },
  what: 'runs' | 'trials',
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  await using _closed = {
    async [Symbol.asyncDispose]() {
      trials.close()
      await schedule.close()
    },
  }
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    io.err(`Interrupted. Finished ${what} are stored in ${folder}; the same command continues with the rest.\n`)
    return exitCodes.failed
  }
}
