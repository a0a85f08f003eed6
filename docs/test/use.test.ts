/** Every way to use a trained network that the page shows prints the number of the command. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runCli } from '../../apps/cli/src/program.js'
import { chromiumFlags, chromiumPath, withoutOptimiser } from '../../scripts/lib/chromium.js'
import { pythonWith } from '../../scripts/lib/debian.mjs'
import { blocks } from './support/blocks.js'
import { toolOf } from './support/markdown.js'

const page = (await blocks()).filter((block) => block.page === 'start/use.md')
/** The first block of a language with this text. */
const block = (language: string, text: string): string =>
  page.find((one) => one.language === language && one.code.includes(text))!.code

/** The output of a program, while this process serves what it asks for. */
const outputOf = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args)).stdout

const folder = mkdtempSync(join(tmpdir(), 'spikeward-use-'))
const home = process.cwd()
let told = ''
let interrupt = (): void => undefined

/** Runs a line of the page. */
const command = (line: string, ...more: readonly string[]): Promise<number> =>
  runCli([...toolOf(line)!.args, ...more], {
    out: () => undefined,
    err: (text) => (told += text),
    errIsTerminal: false,
    onInterrupt(callback) {
      interrupt = callback
      return () => undefined
    },
  })

let expected = NaN
let url = ''
let ended = Promise.resolve(0)

beforeAll(async () => {
  // The lines of the page have paths from the folder that they run in.
  process.chdir(folder)
  const [training, ...exports] = block('sh', '--to module').trim().split('\n')
  const few = '--steps 12 --hidden 6 --time 4 --batch 8 --backend reference --baselines none --quiet --no-figures'
  expect(await command(training!, ...few.split(' ')), told).toBe(0)
  for (const line of exports) expect(await command(line), told).toBe(0)
  writeFileSync('points.csv', '0,0.5\n')
  const predict = 'npm run -s spikeward -- predict runs/hat --data points.csv --out out.json --quiet'
  expect(await command(predict), told).toBe(0)
  expected = (JSON.parse(readFileSync('out.json', 'utf8')) as { values: number[] }).values[0]!
  ended = command(block('sh', 'serve').trim(), '--port', '0')
  const address = / at (http:\S+): POST/
  await vi.waitUntil(() => address.test(told), { timeout: 120_000 })
  url = address.exec(told)![1]!
})
afterAll(async () => {
  // Without an address the service did not start, and nothing interrupts it.
  if (url !== '') interrupt()
  const code = url === '' ? 0 : await ended
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
  expect(code).toBe(0)
})

const isExpected = (printed: string | null): void => expect(Number(printed)).toBeCloseTo(expected, 5)

describe('the page on trained networks', () => {
  it('imports the module in a page', async (context) => {
    if (!existsSync(chromiumPath)) return context.skip(`no Chromium at ${chromiumPath}`)
    const browser = await chromium.launch({
      executablePath: chromiumPath,
      args: [...chromiumFlags(), withoutOptimiser],
    })
    try {
      const shown = await browser.newPage()
      const site: Readonly<Record<string, readonly [string, string]>> = {
        'http://127.0.0.1/': ['text/html', block('html', 'predict')],
        'http://127.0.0.1/hat.mjs': ['text/javascript', readFileSync('hat.mjs', 'utf8')],
      }
      await shown.route('**', (route) => {
        const [contentType, body] = site[route.request().url()] ?? ['text/plain', '']
        return route.fulfill({ contentType, body })
      })
      await shown.goto('http://127.0.0.1/')
      const output = shown.locator('output:not(:empty)')
      await output.waitFor()
      isExpected(await output.textContent())
    } finally {
      await browser.close()
    }
  })

  it('imports the module in Node', async () => {
    const [, script] = /-e "(.*)"/.exec(block('bash', 'node'))!
    isExpected(await outputOf(process.execPath, '--input-type=module', '-e', script!))
  })

  it.for(['from hat import', 'def ask'])('runs the script in Python with "%s"', async (text, context) => {
    const python = pythonWith('numpy')
    if (python === undefined) return context.skip('NumPy is not installed; apt-get install python3-numpy')
    isExpected(await outputOf(python, '-c', block('python', text).replace('http://127.0.0.1:8765', url)))
  })

  it('asks the service', async () => {
    const [, body] = /-d '(.*)'/.exec(block('bash', 'curl'))!
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch(`${url}/predict`, { method: 'POST', headers, body: body! })
    const { outputs } = (await answer.json()) as { outputs: number[][] }
    isExpected(String(outputs[0]![0]))
  })
})
