import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { runBench } from '../../../apps/bench/src/program.js'
import { runCli } from '../../../apps/cli/src/program.js'
import { encodeNpy } from '../../../packages/problems/src/node/files/npy.js'
import { encodeZip } from '../../../packages/problems/src/node/files/zip.js'
import { root, toolOf } from '../support/markdown.js'
import { documentedLines } from './documentedLines.js'
import { shortened } from './shortened.js'

/** Coordinates from 0 to 1. */
const axis = (count: number) => ({
  shape: [count],
  data: Float64Array.from({ length: count }, (_, i) => i / (count - 1)),
})

/** Numbers of this shape. */
const waves = (...shape: readonly number[]) => ({
  shape,
  data: Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i / 3)),
})

/** The files of your own that the pages speak of: functions on a grid of two axes, and trajectories on a line. */
const own: Readonly<Record<string, Readonly<Record<string, ReturnType<typeof waves>>>>> = {
  'pairs.npz': { f: waves(24, 10), u: waves(24, 6, 5), x: axis(6), t: axis(5) },
  'u.npz': { u: waves(24, 6, 32, 1) },
}

/** Runs the command lines of some pages, shortened, and reads what they print and write. */
export async function describeCommands(isHere: (page: string) => boolean): Promise<void> {
  const lines = (await documentedLines()).filter(({ page }) => isHere(page))
  const home = process.cwd()
  const folder = await mkdtemp(join(tmpdir(), 'spikeward-docs-'))
  const placeOf = (page: string): string => join(folder, page.replace(/\W+/g, '-'))
  beforeAll(async () => {
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'))
    for (const [file, arrays] of Object.entries(own))
      await writeFile(
        join(folder, file),
        await encodeZip(new Map(Object.entries(arrays).map(([n, a]) => [`${n}.npy`, encodeNpy(a)]))),
      )
    // Lines that name a file of the examples are read in a clone.
    const inClone = new Set(lines.filter(({ line }) => line.includes('examples/')).map((l) => l.page))
    for (const page of inClone) {
      await cp(join(root, 'examples'), join(placeOf(page), 'examples'), {
        recursive: true,
        filter: (path) => path.endsWith('examples') || /\.(csv|json)$/.test(path),
      })
    }
    // The equations that a page states as files: each has a name.
    for (const page of new Set(lines.map((l) => l.page))) {
      for (const [, equation = ''] of (await readFile(join(root, page), 'utf8')).matchAll(/```json\n(.*?)```/gs)) {
        const { name, equations } = JSON.parse(equation) as { readonly name?: string; readonly equations?: unknown }
        if (name === undefined || equations === undefined) continue
        await mkdir(placeOf(page), { recursive: true })
        await writeFile(join(placeOf(page), `${name}.json`), equation)
      }
    }
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    process.chdir(home)
    await rm(folder, { recursive: true, force: true })
  })

  // Commands that only inspect the machine have the same output in every folder; apps/cli/test/usage/inspect.test.ts
  // runs doctor, which opens every backend. Trainings of one problem that differ in numbers, estimator and backend
  // alone take one path through the program, which is run once unless the page uses its run.
  const seen = new Set<string>()
  const again = ({ page, line }: { readonly page: string; readonly line: string }): boolean => {
    const looks = / list$/.exec(line)?.[0]
    const isUsed = lines.some((l) => l.page === page && / runs\//.test(l.line))
    const [, of] = line.split(' train ')
    const path = of?.replace(/ --(estimator|backend) \S+| [\d.,e-]+(?= |$)/g, '').replace(/ --steps\b/, '')
    const key = looks ?? (isUsed ? null : (path ?? null))
    return key !== null && seen.size === seen.add(key).size
  }
  it.for(lines.filter((l) => l.onlyParsed === null && !/ doctor$/.test(l.line) && !again(l)))(
    '$page: $line',
    async ({ page, line: text }, context) => {
      const { tool, args } = toolOf(text)!
      // The lines of a page come one after another in one folder: the next reads the run of the one before.
      const place = placeOf(page)
      await mkdir(place, { recursive: true })
      process.chdir(place)
      const before = await readdir(place, { recursive: true })
      let [out, err] = ['', '']
      const io = {
        out: (t: string): void => void (out += t),
        err: (t: string): void => void (err += t),
        errIsTerminal: false,
        onInterrupt: () => (): void => undefined,
      }
      const given = args.map((a) => (Object.hasOwn(own, a) ? join(folder, a) : a))
      const code = await (tool === 'bench' ? runBench : runCli)([...given, ...(await shortened(tool, args))], io)
      if (err.includes('[NATIVE_UNAVAILABLE]')) context.skip(err)
      expect(code, err).toBe(0)
      expect(out).not.toMatch(/\bundefined\b|\bNaN\b/)
      const after = (await readdir(place, { recursive: true })).filter((path) => !before.includes(path))
      if (args[0] === 'train') expect(after.some((path) => path.endsWith('summary.json'))).toBe(true)
      if (args[0] === 'compare') expect(after.some((path) => path.endsWith('table.md'))).toBe(true)
      if (args.includes('--json')) expect(JSON.parse(out.trimEnd().split('\n').at(-1)!)).toBeTypeOf('object')
      const named = args[args.indexOf('--out') + 1]
      if (args.includes('--out')) expect(existsSync(join(place, named!))).toBe(true)
    },
  )
}
