/** The first journeys of new users, by the built command. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright'
import { afterAll, expect, test } from 'vitest'
import { chromiumFlags, chromiumPath, withoutOptimiser } from '../../scripts/lib/chromium.js'
import { pythonWith } from '../../scripts/lib/debian.mjs'
import { type Journey, equationToPython, tableToPage } from '../../scripts/release/journeys.mjs'
import { root } from './support/markdown.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-journeys-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const outputOf = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { cwd: folder })).stdout

/** Writes the files of a journey, runs its commands one after another, and returns what each printed. */
async function follow({ files, commands }: Journey): Promise<string[]> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const printed: string[] = []
  for (const args of commands)
    printed.push(await outputOf(process.execPath, join(root, 'apps/cli/dist/main.js'), ...args))
  return printed
}

const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8')

/**
 * u_t = 0.2 u_xx with u = 1 at x = 0 and u_x = 0 at x = 1, by central differences in space and explicit Euler steps, at
 * x = 0, 0.1, …, 1 for each of these times.
 */
function finiteDifferences(times: readonly number[]): number[] {
  const [n, k] = [200, 0.2]
  const dx = 1 / n
  const ratio = (times.at(-1)! / Math.ceil(times.at(-1)! / ((0.4 * dx * dx) / k)) / dx ** 2) * k
  let u = Float64Array.from({ length: n + 1 }, (_, i) => (i === 0 ? 1 : Math.exp(-20 * i * dx)))
  let step = 0
  return times.flatMap((t) => {
    for (; step < Math.round((t * k) / (ratio * dx * dx)); step++)
      u = u.map((v, i) => (i === 0 ? 1 : v + ratio * (u[i - 1]! - 2 * v + u[i === n ? n - 1 : i + 1]!)))
    return Array.from({ length: 11 }, (_, i) => u[(i * n) / 10]!)
  })
}

const distance = (found: readonly number[], expected: readonly number[]): number =>
  Math.hypot(...found.map((v, i) => v - expected[i]!)) / Math.hypot(...expected)

test('from a table to figures and a page', async (context) => {
  await follow(tableToPage)
  expect(textOf('runs/table/result.svg')).toMatch(/>relative L2|>a</)
  expect(textOf('runs/table/loss.svg')).toContain('>step')
  const [head, ...answers] = textOf('answer.csv').trim().split('\n')
  expect(head).toBe('a,b,y')
  if (!existsSync(chromiumPath)) return context.skip(`no Chromium at ${chromiumPath}`)
  const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags(), withoutOptimiser] })
  try {
    const page = await browser.newPage()
    const wrong: string[] = []
    page.on('pageerror', (error) => wrong.push(error.message))
    page.on('console', (message) => wrong.push(message.text()))
    await page.goto(pathToFileURL(join(folder, 'table.html')).href)
    await page.locator('canvas[data-points]').waitFor()
    for (const answer of answers) {
      const [a, b, y] = answer.split(',').map(Number)
      for (const [name, value] of Object.entries({ a, b }))
        await page.locator(`input[name="${name}"]`).fill(String(value))
      const shown = async (): Promise<number> =>
        Number(/\) = (\S+);/.exec((await page.locator('figcaption').textContent())!)![1])
      // The page draws in its next frame.
      await expect.poll(shown, { timeout: 10_000 }).toBeCloseTo(y!, 4)
      expect(Math.abs(y! - Math.sin(Math.PI * a!) * Math.cos(Math.PI * b!))).toBeLessThan(0.3)
    }
    expect(wrong).toEqual([])
  } finally {
    await browser.close()
  }
})

test('from an equation to a comparison with finite differences, and to Python', async (context) => {
  mkdirSync(join(folder, 'examples'))
  for (const file of ['bar.json', 'bar.csv']) cpSync(join(root, 'examples', file), join(folder, 'examples', file))
  const [head, ...rows] = textOf('examples/bar.csv').trim().split('\n')
  expect(head).toBe('x,t,u')
  const points = rows.map((row) => row.split(',').map(Number)).toSorted((p, q) => p[1]! - q[1]! || p[0]! - q[0]!)
  const times = [...new Set(points.map(([, t]) => t!))]
  expect(
    distance(
      points.map(([, , u]) => u!),
      finiteDifferences(times),
    ),
  ).toBeLessThan(2e-3)

  const [, evaluated = ''] = await follow(equationToPython)
  const { relativeL2 } = JSON.parse(evaluated) as { readonly relativeL2: number }
  expect(relativeL2).toBeLessThan(0.05)
  const tutorial = readFileSync(join(root, 'docs/start/tutorial-equation.md'), 'utf8')
  expect(tutorial).toContain(`\`\`\`python\n${textOf('compare.py')}\`\`\``)
  const python = pythonWith('numpy')
  if (python === undefined) return context.skip('NumPy is not installed; apt-get install python3-numpy')
  expect(Number(await outputOf(python, 'compare.py'))).toBeCloseTo(relativeL2, 5)
})
