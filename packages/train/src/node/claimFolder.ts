import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { SpikewardError } from '@spikeward/core'
import { TEMPORARY, readIfThere } from '@spikeward/core/node'

/** The right to write to a run folder, held until it is released. */
export type Claim = AsyncDisposable & { release(): Promise<void> }

/** Who holds a folder. `started` tells a process from a later one of the same number, where the system says it. */
type Holder = { readonly pid: number; readonly host: string; readonly started: string }

const NAME = '.claim'

/** When a process was started, in ticks since the machine was; empty where the system does not say (only Linux does). */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is a name in parentheses, which may hold spaces; the start is field 22.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function parse(bytes: Uint8Array | null): Holder | null {
  try {
    const { pid, host, started } = JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())) as Partial<Holder>
    const whole = typeof pid === 'number' && typeof host === 'string' && typeof started === 'string'
    return whole ? { pid, host, started } : null
  } catch {
    return null
  }
}

/** Whether the holder still runs. One on another machine cannot be asked and counts as running. */
async function runs({ pid, host, started }: Holder): Promise<boolean> {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await startOf(pid)
  return now === '' || started === '' || now === started
}

/**
 * Claims a run folder for this process by a file that only one process can make. A claim whose process is gone (killed, or
 * the machine was) is taken over.
 *
 * @throws RUN_FOLDER_BUSY where a running process holds it; nothing was changed then
 */
export async function claimFolder(folder: string): Promise<Claim> {
  const path = join(folder, NAME)
  const text = JSON.stringify({ pid: process.pid, host: hostname(), started: await startOf(process.pid) })
  const aside = join(folder, `${TEMPORARY}claim-${randomUUID().slice(0, 8)}`)
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      // Written first and then linked: a claim that is there is whole.
      await writeFile(aside, text)
      if (await placed(aside, path)) {
        const release = (): Promise<void> => rm(path, { force: true })
        return { release, [Symbol.asyncDispose]: release }
      }
      const found = await readIfThere(path)
      if (found === null) continue
      const holder = parse(found)
      if (holder !== null && (await runs(holder))) throw busy(folder, path, holder)
      if (!(await moved(path, aside))) continue
      // Of two that take over at once, the slower one may have moved the claim of the faster: it goes back.
      const taken = await readIfThere(aside)
      if (taken !== null && Buffer.compare(taken, found) !== 0) await placed(aside, path)
    }
  } finally {
    await rm(aside, { force: true })
  }
  throw busy(folder, path, null)
}

/** Gives a file a second name; false where that is taken. */
async function placed(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Renames; false where there is nothing to rename. */
const moved = (from: string, to: string): Promise<boolean> =>
  rename(from, to).then(
    () => true,
    () => false,
  )

const busy = (folder: string, path: string, holder: Holder | null): SpikewardError =>
  new SpikewardError(
    'RUN_FOLDER_BUSY',
    `${folder} is being written by ${holder === null ? 'another process' : `process ${holder.pid} on ${holder.host}`}; ` +
      `wait until it ends, or stop it; if there is no such run any more, remove ${path}`,
  )
