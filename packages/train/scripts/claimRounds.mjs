/**
 * Plays rounds, drawn from a key, in which two to eight processes claim one run folder at the same time:
 *
 *     node packages/train/scripts/claimRounds.mjs [rounds = 10000] [key = 1]
 *
 * It prints { rounds, double, none, stolen, overlaps, errors }: rounds in which two processes held the folder at once,
 * rounds in which none did, rounds in which one took it from a live holder on another host, and turns in which a holder
 * met another. All except `rounds` must be 0; otherwise the exit code is 1. Every second process gets the name of a
 * separate host, so it judges the others only by their leases.
 */
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'tsup'

/** Bundles the claim of the sources into a folder and returns its URL. */
export async function bundleClaim(outDir) {
  await build({
    config: false,
    entry: [fileURLToPath(new URL('../src/node/claim/claimFolder.ts', import.meta.url))],
    outDir,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    outExtension: () => ({ js: '.mjs' }),
    silent: true,
    noExternal: [/.*/],
    esbuildOptions: (options) => {
      options.conditions = ['@spikeward/source']
    },
  })
  return pathToFileURL(join(outDir, 'claimFolder.mjs')).href
}

/** The initial state of the folder: nothing, a released claim, or claims that are no longer valid. */
const FREE = ['nothing', 'released', 'dead process', 'expired lease', 'torn']

/** The initial state of a folder that a process on another host holds; the claim was renewed recently. */
const TAKEN = ['live elsewhere']

const SCENES = [...FREE, ...TAKEN]

/** `dead`: the claim of a process of this machine that has ended. */
async function setScene(folder, scene, dead) {
  const claims = join(folder, '.claim')
  await mkdir(folder)
  if (scene === 'nothing') return
  await mkdir(claims)
  const path = join(claims, '7')
  const other = { pid: 1, host: 'elsewhere', machine: 'elsewhere', started: '' }
  if (scene === 'released') await writeFile(path, JSON.stringify({ ...other, released: true }))
  if (scene === 'dead process') await writeFile(path, JSON.stringify(dead))
  if (scene === 'expired lease') await writeFile(path, JSON.stringify(other))
  if (scene === 'live elsewhere') await writeFile(path, JSON.stringify(other))
  if (scene === 'torn') await writeFile(path, '{"pid"')
  if (scene === 'expired lease' || scene === 'torn') await utimes(path, 1e9, 1e9)
}

/**
 * @param {{ claim: string, rounds: number, key: number, onRound?: (round: number) => void }} options `claim`: URL of a
 *   module that exports claimFolder
 */
export async function playRounds({ claim, rounds, key, onRound }) {
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-claims-'))
  const takers = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const host = i % 2 === 1 ? [`host-${i}`] : []
      const taker = fork(fileURLToPath(new URL('claimTaker.mjs', import.meta.url)), [claim, ...host], { execArgv: [] })
      await once(taker, 'message')
      return taker
    }),
  )
  const ask = async (taker, message) => {
    const answer = once(taker, 'message')
    taker.send(message)
    return (await answer)[0]
  }
  const { claimFolder } = await import(claim)
  await (await claimFolder(folder)).release()
  const { released: _, ...self } = JSON.parse(await readFile(join(folder, '.claim', '1'), 'utf8'))
  const dead = { ...self, pid: spawnSync(process.execPath, ['-e', '']).pid }
  let state = key >>> 0
  const random = (n) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % n
  const result = { rounds, double: 0, none: 0, stolen: 0, overlaps: 0, errors: 0, firstError: null }
  try {
    for (let round = 0; round < rounds; round++) {
      const place = join(folder, String(round))
      const scene = SCENES[Math.floor(random(1000 * SCENES.length) / 1000)]
      await setScene(place, scene, dead)
      const taken = TAKEN.includes(scene)
      const some = takers.slice(0, 2 + Math.floor(random(7000) / 1000))
      // Every third round the folder changes hands while others claim it; otherwise it is held until all have tried.
      const turns = round % 3 === 2 ? 3 : 0
      const guard = join(place, 'guard')
      if (taken) await writeFile(guard, '')
      const answers = await Promise.all(some.map((taker) => ask(taker, { take: place, guard, turns })))
      const holders = answers.filter((a) => a.held).length
      if (holders > 1) result.double++
      if (turns === 0 && holders === 0 && !taken) result.none++
      if (holders > 0 && taken) result.stolen++
      result.overlaps += answers.reduce((n, a) => n + a.overlaps, 0)
      for (const { error } of answers)
        if (error) {
          result.errors++
          result.firstError ??= error
        }
      await Promise.all(some.map((taker) => ask(taker, { release: true })))
      await rm(place, { recursive: true })
      onRound?.(round + 1)
    }
  } finally {
    for (const taker of takers) taker.kill()
    await rm(folder, { recursive: true, force: true })
  }
  return result
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [rounds = 10_000, key = 1] = process.argv.slice(2).map(Number)
  const built = await mkdtemp(join(tmpdir(), 'spikeward-claim-'))
  const onRound = (n) => n % 1000 === 0 && process.stderr.write(`${n} rounds\n`)
  const result = await playRounds({ claim: await bundleClaim(built), rounds, key, onRound })
  await rm(built, { recursive: true })
  console.log(JSON.stringify(result))
  process.exit(result.double + result.none + result.stolen + result.overlaps + result.errors === 0 ? 0 : 1)
}
