import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import {
  checkPlace,
  dropGeneration,
  ownsGeneration,
  makeGeneration,
  newestGeneration,
  readGeneration,
  releaseGeneration,
  sweep,
  touchGeneration,
} from './generations.js'
import type { Entry } from './generations.js'
import { type Holder, processRuns, thisHolder } from './holder.js'

/** The right to write to a run folder, held until it is released. */
export type Claim = AsyncDisposable & {
  /** Throws RUN_FOLDER_LOST if another process has taken the folder over, after which this process must not write. */
  check(): Promise<void>
  release(): Promise<void>
}

/** Times of a claim, in seconds. */
export type ClaimOptions = {
  /** How long a claim of another machine is valid after its last renewal. Default 60. */
  readonly lease?: number
  /** How often a claim is renewed. Default a sixth of the lease. */
  readonly renewal?: number
}

/** The place of claims in a run folder. */
const NAME = '.claim'

/** Rounds of claiming against other processes; in each round at least one of them advances. */
const ROUNDS = 100

/**
 * Claims a run folder for this process. Claims are numbered: `.claim/1`, `.claim/2`, … A claim is valid if its number
 * is the newest, and it was neither released nor left by a process that has ended.
 *
 * A process reads the newest claim n. If that is valid, the folder is busy. Otherwise it creates n + 1, which only one
 * process can do, and reads again: it holds the folder if n + 1 is still the newest. No process removes or changes the
 * newest claim of another, and numbers only grow, so a slow process cannot take the folder from a faster one: it finds
 * n + 1 created, or a newer claim than its own. Each claim also has a random identity in its file, since numbers begin
 * again where somebody removes `.claim`: a holder whose file is gone, or is another's, has lost the folder.
 *
 * On this machine the system reports whether a process runs, even if it sleeps for long. A claim of another machine is
 * valid while it is renewed: it is rewritten every 10 s, and may be replaced after 60 s without renewal. A process that
 * wakes up after a longer sleep finds a newer claim, and `check` throws.
 *
 * A claim dated more than a lease after the present was not written by a process that still renews it, and yet is not
 * taken over until that date and a lease have passed: the clock of a server may have been set back. The error names its
 * file.
 *
 * @throws RUN_FOLDER_BUSY if a running process holds the folder
 * @throws RUN_FOLDER_INVALID if `.claim` is no folder, or the newest claim is a link, a folder or a device;
 *   FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL
 */
export async function claimFolder(folder: string, options: ClaimOptions = {}): Promise<Claim> {
  const { lease = 60, renewal = lease / 6 } = options
  const claims = join(folder, NAME)
  // The identity distinguishes the claims of one process: a claim knows its own file by the text.
  const holder = { ...(await thisHolder()), claim: randomUUID() }
  for (let round = 0; round < ROUNDS; round++) {
    await checkPlace(claims)
    const newest = await newestGeneration(claims)
    if (newest > 0) {
      const claim = await readGeneration(claims, newest)
      if (claim === null) continue
      const runs = claim.holder === null ? null : await processRuns(claim.holder)
      if (counts(claim, runs, lease))
        throw busy(folder, claim.holder, freedom(claim, runs, lease, join(claims, String(newest))))
    }
    const mine = newest + 1
    if (!(await makeGeneration(claims, mine, holder))) continue
    if ((await newestGeneration(claims)) === mine) {
      await sweep(claims, mine, lease)
      return makeClaim(folder, claims, mine, holder, renewal)
    }
    await dropGeneration(claims, mine)
  }
  throw busy(folder, null, `; if it is gone, the folder is free in ${lease} s`)
}

/** Whether a claim is valid. An unreadable claim is being written, unless it is older than a lease. */
const counts = ({ released, age }: Entry, runs: boolean | null, lease: number): boolean =>
  !released && (runs ?? age <= lease)

/**
 * How the folder becomes free, for a person who knows that the holder is gone; empty for a process that runs on this
 * machine.
 */
function freedom({ age }: Entry, runs: boolean | null, lease: number, path: string): string {
  if (runs === true) return ''
  const left = Math.ceil(lease - age)
  return age < -lease
    ? `; its time lies in the future, so it does not expire for ${left} s: if no process writes here, remove ${path}`
    : `; if it is gone, the folder is free in ${left} s`
}

/** A claim of this process, renewed until it is released or lost. */
function makeClaim(folder: string, claims: string, generation: number, holder: Holder, renewal: number): Claim {
  const check = async (): Promise<void> => {
    if (await ownsGeneration(claims, generation, holder)) return
    clearInterval(timer)
    throw new SpikewardError(
      'RUN_FOLDER_LOST',
      `${folder} was taken over by another process while this one slept or had no access to the disk, or its ${NAME} was removed; ` +
        'nothing more is written; check whether another process writes there, and resume the run if none does',
    )
  }
  // A failed renewal is repeated; `check` reports it before anything is written.
  const renew = (): void => void touchGeneration(claims, generation, holder).catch(() => {})
  const timer = setInterval(renew, renewal * 1000)
  timer.unref()
  let released = false
  const release = async (): Promise<void> => {
    clearInterval(timer)
    if (released) return
    released = true
    if (await ownsGeneration(claims, generation, holder)) await releaseGeneration(claims, generation, holder)
  }
  return { check, release, [Symbol.asyncDispose]: release }
}

/** The most characters of a host's name in a message. */
const SHOWN = 80

/** A name from an untrusted file, safe to print. */
const plain = (name: string): string => name.slice(0, SHOWN).replace(/[^\w .-]/g, '?')

/** @param free how the folder becomes free */
function busy(folder: string, holder: Holder | null, free: string): SpikewardError {
  const who = holder ? `process ${holder.pid} on ${plain(holder.host)}` : 'another process'
  return new SpikewardError(
    'RUN_FOLDER_BUSY',
    `${folder} is being written by ${who}; wait until it ends, or stop it${free}`,
  )
}
