/** The live page of a run: what it is sent, and how it looks in Chromium. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { afterAll, expect, test } from 'vitest'
import { lossSpec, renderSvg } from '@spikeward/plots'
import { axeFindings } from '../../../demo/test/support/axeFindings.js'
import { runCli } from '../../src/program.js'
import { openWatchServer } from '../../src/watch/watchServer.js'
import { chromiumFlags, chromiumPath, withoutOptimiser } from '../../../../scripts/lib/chromium.js'

const folder = mkdtempSync(join(tmpdir(), 'spikeward-watch-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Names of the events of a stream, until it ends. */
async function namesOf(url: string): Promise<Set<string>> {
  const response = await fetch(`${url}events`)
  const text = await response.text()
  return new Set([...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name!))
}

test('train --watch sends losses, rates, the prediction, spikes and the end of the run', async () => {
  const pages: Promise<Set<string>>[] = []
  let told = ''
  const code = await runCli(
    [
      ...[
        'train',
        'parabola',
        '--backend',
        'reference',
        '--hidden',
        '5',
        '--time',
        '4',
        '--batch',
        '8',
        '--steps',
        '6',
      ],
      ...[
        '--train',
        '16',
        '--validation',
        '8',
        '--test',
        '9',
        '--readout-solve',
        '0',
        '--checkpoint-every',
        '6',
        '--no-figures',
        '--watch',
      ],
      ...['--out', join(folder, 'run')],
    ],
    {
      out: () => undefined,
      err: (text) => {
        told += text
        const [, url] = /watch: (http:\/\/127\.0\.0\.1:\d+\/)/.exec(told) ?? []
        if (url !== undefined && pages.length === 0) pages.push(namesOf(url))
      },
      errIsTerminal: false,
      onInterrupt: () => () => undefined,
    },
  )
  expect(code).toBe(0)
  const [found] = await Promise.all(pages)
  const all = ['end', 'findings', 'loss', 'prediction', 'rates', 'spikes', 'status', 'title']
  expect(found).toEqual(new Set(all))
})

/** Where pictures for the documentation are stored, if requested; their run is larger than that of the test. */
const gallery = process.env['SPIKEWARD_SCREENSHOTS']
const shown =
  gallery === undefined
    ? '--hidden 5 --time 4 --batch 8 --steps 8 --backend reference'
    : '--hidden 40 --time 24 --batch 50 --steps 800 --backend cpu'

test('the page of a whole run is accessible and overflows at no width', async (context) => {
  if (!existsSync(chromiumPath)) return context.skip(`no Chromium at ${chromiumPath}`)
  const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags(), withoutOptimiser] })
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    const opened: Promise<unknown>[] = []
    let told = ''
    const sets = '--train 100 --validation 8 --test 65 --readout-solve 0 --estimator eligibility --no-figures --watch'
    const ended = runCli(['train', 'parabola', ...`${shown} ${sets}`.split(' '), '--out', join(folder, 'shown')], {
      out: () => undefined,
      err: (text) => {
        told += text
        const [, url] = /watch: (http:\/\/127\.0\.0\.1:\d+\/)/.exec(told) ?? []
        if (url !== undefined && opened.length === 0) opened.push(page.goto(url))
      },
      errIsTerminal: false,
      onInterrupt: () => () => undefined,
    })
    expect(await ended).toBe(0)
    await Promise.all(opened)
    await page
      .getByRole('status')
      .getByText(/^The run ended/)
      .waitFor()
    await page.locator('#spikes svg').waitFor()
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 })
      expect(await axeFindings(page, 10), `${width} pixels`).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      const sizes = await page.locator('svg text').evaluateAll((all) =>
        (all as SVGTextElement[]).map((text) => {
          const { a, b } = text.getScreenCTM()!
          return Math.hypot(a, b) * Number.parseFloat(getComputedStyle(text).fontSize)
        }),
      )
      expect(sizes.length, `${width} pixels`).toBeGreaterThan(0)
      expect(Math.min(...sizes), `${width} pixels`).toBeGreaterThan(7.9)
      if (gallery !== undefined) await page.screenshot({ path: join(gallery, `watch-${width}.png`), fullPage: true })
    }
  } finally {
    await browser.close()
  }
})

test('requests under the name of another host are refused', async () => {
  const server = await openWatchServer(0)
  const status = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request(server.url, { headers: { host } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
  try {
    expect(await status('127.0.0.1')).toBe(200)
    expect(await status('attacker.example:80')).toBe(403)
  } finally {
    await server.close()
  }
})

test('a page in Chromium shows what was sent before it opened and what comes after', async (context) => {
  if (!existsSync(chromiumPath)) return context.skip(`no Chromium at ${chromiumPath}`)
  const server = await openWatchServer(0)
  const browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumFlags(), withoutOptimiser] })
  try {
    const figure = (last: number): Promise<string> =>
      renderSvg(lossSpec({ losses: Array.from({ length: last }, (_, i) => ({ step: i + 1, loss: 1 / (i + 1) })) }))
    server.send('title', 'parabola by rfg')
    server.send('loss', await figure(10))
    const page = await browser.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    await page.goto(server.url)
    await page.locator('#loss svg').waitFor()
    expect(await page.title()).toBe('parabola by rfg')
    expect(await page.locator('#loss svg').textContent()).toContain('training loss')
    expect(await page.locator('#spikes').isVisible()).toBe(false)
    server.send('findings', ['step 5, layer 1: 5 of 5 neurons never fire <b>'])
    await page.locator('#findings li').waitFor()
    expect(await page.locator('#findings li').textContent()).toContain('never fire <b>')
    server.send('spikes', await figure(20))
    await page.locator('#spikes svg').waitFor()
    expect(await page.locator('#spikes [role=img]').getAttribute('aria-label')).toBe(
      'Spikes and membranes at one input',
    )
    server.send('end', 'The run ended.')
    await expect.poll(() => page.locator('#status').textContent()).toBe('The run ended.')
    // A browser asks for an icon, which the page does not have.
    expect(faults.filter((fault) => !fault.includes('favicon') && !fault.includes('404'))).toEqual([])
  } finally {
    await browser.close()
    await server.close()
  }
})
