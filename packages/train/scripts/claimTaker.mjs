/**
 * A process that claims run folders on request: claimRounds.mjs starts several of them.
 *
 * Arguments: the URL of the module that exports claimFolder, and the host that this process pretends to run on.
 *
 * Messages: { take: folder, guard, turns } answers { held, overlaps, error }; { release: true } answers
 * { released: true }.
 */
import { open, rm } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

const [, , module, host] = process.argv
if (host !== undefined) {
  os.hostname = () => host
  syncBuiltinESMExports()
}
const { claimFolder } = await import(module)
let claim = null

const isBusy = (error) => error?.code === 'RUN_FOLDER_BUSY'

/**
 * Claims and releases the folder `turns` times. A holder creates the guard file; if the file exists already, another
 * process holds the folder too.
 */
async function takeTurns(folder, guard, turns) {
  let overlaps = 0
  for (let i = 0; i < turns; i++) {
    try {
      const mine = await claimFolder(folder)
      try {
        await (await open(guard, 'wx')).close()
        await mine.check()
        await rm(guard)
      } catch {
        overlaps++
      }
      await mine.release()
    } catch (error) {
      if (!isBusy(error)) throw error
    }
  }
  return overlaps
}

async function respond({ take, guard, turns, release }) {
  if (release) {
    await claim?.release()
    claim = null
    process.send({ released: true })
    return
  }
  try {
    const overlaps = await takeTurns(take, guard, turns)
    if (turns === 0) claim = await claimFolder(take)
    process.send({ held: claim !== null, overlaps })
  } catch (error) {
    process.send(isBusy(error) ? { held: false, overlaps: 0 } : { held: false, overlaps: 0, error: String(error) })
  }
}

process.on('message', (message) => void respond(message))
process.send({ ready: true })
