import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodePng, survey } from '../../cli/test/decodePng.js'
import {
  compilations,
  countCompilations,
  filesOf,
  isStatus,
  onDemand,
  reached,
  recordOf,
  short,
  visit,
} from './site.js'
import { axeFindings } from './axeFindings.js'
import { cutChoices, heroGap, inBrowser, MOST_EMPTY, picture, section, useStage } from './stage.js'

/**
 * Bytes over the wire until the page trains, gzipped; checkpoints come later. The limit is 257 kB: the script, the
 * style and the workers take 256 kB, and small fixes need room.
 */
const BUDGET = 257_000

/** Bytes of what the chip panel loads when it is used, gzipped: most of them are the HDF5 library. */
const ON_DEMAND = 1_150_000

/**
 * The most files that the page may request before it trains: itself, its script, style and icon, the workers and their
 * threads.
 */
const MOST_REQUESTS = 12

const stage = useStage()

describe('the files of the site', () => {
  it(`weigh at most ${BUDGET / 1000} kB gzipped before the checkpoints, each of which is below 500 kB`, async () => {
    const sizes = await Promise.all(
      filesOf(stage.folder).map(async (file) => {
        const bytes = await readFile(file)
        return { file, size: file.endsWith('.safetensors') ? 0 : gzipSync(bytes).length, raw: bytes.length }
      }),
    )
    expect(
      sizes
        .filter((s) => s.file.endsWith('.safetensors'))
        .map((s) => basename(s.file))
        .sort(),
    ).toEqual(['poisson.safetensors', 'reaction-diffusion.safetensors'])
    for (const { file, raw } of sizes.filter((s) => s.size === 0)) expect(raw, file).toBeLessThan(500_000)
    const weight = (late: boolean): number =>
      sizes.filter((s) => onDemand.test(basename(s.file)) === late).reduce((sum, s) => sum + s.size, 0)
    expect(weight(false)).toBeLessThan(BUDGET)
    expect(weight(true)).toBeLessThan(ON_DEMAND)
  })

  it('name each other by relative paths, and the policy lets nothing else in', async () => {
    const html = await readFile(`${stage.folder}/index.html`, 'utf8')
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]*)"/g)) expect(path).toMatch(/^\.\//)
    const policy = /Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/)
  })
})

describe('the page', () => {
  inBrowser('trains 200 steps and the error falls; nothing is blocked, nothing goes to another host', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, short)
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    await isStatus(page, 'done')
    const { contenders } = await recordOf(page)
    expect(contenders.map((l) => [l.estimator, l.step])).toEqual([
      ['eligibility', 200],
      ['rfg', 200],
    ])
    expect(contenders[0]!.firstLosses[0]).toBe(contenders[1]!.firstLosses[0])
    // Predicting zero has an error of 1.
    expect(contenders[0]!.relativeL2).toBeLessThan(0.1)
    expect(contenders[1]!.relativeL2).toBeLessThan(0.95)
    // The policy is in force: an inline script and a request to another host are refused.
    const refused = await page.evaluate(async () => {
      const seen: string[] = []
      document.addEventListener('securitypolicyviolation', (e) => seen.push(e.effectiveDirective))
      const script = document.createElement('script')
      script.textContent = 'window.broken = true'
      document.head.append(script)
      await fetch('https://example.org/').catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 100))
      return [...seen, String('broken' in window)]
    })
    expect(refused).toEqual(['script-src-elem', 'connect-src', 'false'])
    expect(wrong.filter((w) => !/Content Security Policy|example\.org/.test(w))).toEqual([])
    await page.context().close()
  })

  inBrowser(
    'begins to learn after a handful of files, none of them a checkpoint, and draws what it learns',
    async () => {
      const requested: string[] = []
      const { page, wrong } = await visit(stage.browser, stage.url, '', {}, (opened) =>
        Promise.resolve(opened.context().on('request', (r) => requested.push(basename(new URL(r.url()).pathname)))),
      )
      await reached(page, 1)
      expect(requested.length, requested.join(', ')).toBeLessThanOrEqual(MOST_REQUESTS)
      expect(requested.filter((name) => name.endsWith('.safetensors'))).toEqual([])
      await page.locator('[aria-roledescription="3D picture"] canvas').waitFor()
      expect(survey(decodePng(await page.locator('.hero').screenshot())).colours).toBeGreaterThan(200)
      expect(wrong).toEqual([])
      await page.context().close()
    },
  )

  inBrowser('computes nothing on its main thread while it trains, and has a picture in every view', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, '', {}, countCompilations)
    await reached(page, 5)
    const box = (await page.getByRole('application').first().boundingBox())!
    await page.mouse.move(box.x + 200, box.y + 200)
    await page.mouse.down()
    // The page draws between two pointer moves: each waits for a frame.
    for (let i = 0; i < 8; i++) {
      await page.mouse.move(box.x + 200 + 19 * i, box.y + 200)
      await page.evaluate(() => new Promise(requestAnimationFrame))
    }
    await page.mouse.up()
    await reached(page, 20)
    expect(await compilations(page)).toBe(0)
    // The count does include a module of the main thread.
    await page.evaluate(() => new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)))
    expect(await compilations(page)).toBe(1)

    await reached(page, 40)
    // With one hidden layer, the traces give the exact gradient.
    await page.getByRole('row', { name: /^\s*eligibility .* 1\.00/ }).waitFor()
    await picture(page.locator('.hero'), 'learn', 300)
    // The figure of the documentation's home page.
    await picture(page.locator('[aria-roledescription="3D picture"]'), 'surface', 200)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'PNG', exact: true }).click()
    const poster = decodePng(await readFile(await (await saved).path()))
    expect(survey(poster).colours).toBeGreaterThan(300)
    expect(poster.width).toBeGreaterThan(poster.height)
    await page.getByRole('button', { name: 'Pause' }).click()
    await isStatus(page, 'paused')

    const race = page.getByRole('img', { name: /^Relative L2 error of each/ })
    const byTime = await race.screenshot()
    await page.getByLabel('by forward passes').check()
    await expect.poll(async () => byTime.equals(await race.screenshot())).toBe(false)

    await section(page, 'Change anything').scrollIntoViewIfNeeded()
    await picture(section(page, 'Change anything'), 'settings', 40)
    await section(page, 'Look inside').scrollIntoViewIfNeeded()
    await page.getByText('layer 1 fires').waitFor()
    const inside = section(page, 'Look inside')
    await picture(inside, 'inside', 60)
    const answer = (): Promise<string | null> => inside.getByRole('definition').first().textContent()
    const inTheMiddle = await answer()
    // The network as a drawing: time runs, and can be stopped at a step.
    const drawing = page.getByTestId('wiring')
    await drawing.getByRole('button', { name: 'Stop time' }).click()
    await drawing.getByRole('slider').press('Home')
    await drawing.getByRole('img', { name: /^The network at time step 1: \d+ of 14 drawn neurons fire$/ }).waitFor()
    expect(await drawing.locator('line').count()).toBeGreaterThan(14)
    await inside.getByRole('slider', { name: /x/ }).first().press('End')
    await expect.poll(answer).not.toBe(inTheMiddle)
    await inside.getByRole('slider', { name: 'Neuron' }).press('Home')
    await inside.getByRole('heading', { name: 'Membrane of neuron 1', exact: true }).waitFor()
    const cost = section(page, 'What it costs')
    await cost.scrollIntoViewIfNeeded()
    await cost.getByRole('row', { name: /^\s*rfg/ }).waitFor()
    // An empty text has no size, so that it counts as hidden.
    await page.waitForSelector('[data-testid=cost-status][data-measuring=false]', { state: 'attached' })
    await picture(cost, 'cost', 40)
    // Memory at the shortest and the longest T: constant in forward mode, growing in reverse mode.
    const memory = async (press: string): Promise<(string | null)[]> => {
      await cost.getByRole('slider').press(press)
      const cell = (name: string) =>
        cost
          .getByRole('row', { name: new RegExp(`^\\s*${name}`) })
          .getByRole('cell')
          .first()
      return Promise.all(['rfg', 'bp'].map((name) => cell(name).textContent()))
    }
    const [short, long] = [await memory('Home'), await memory('End')]
    expect(long[0]).toBe(short[0])
    expect(long[1]).not.toBe(short[1])
    await section(page, 'Draw a source').scrollIntoViewIfNeeded()
    await page.waitForSelector('[data-testid=operator-error]:not([data-error=""])')
    await picture(section(page, 'Draw a source'), 'operator', 40)
    // A choice changes the address, and its slope is drawn.
    const slope = page.getByRole('img', { name: /slope/i })
    const atan = await slope.screenshot()
    await page.getByLabel('Slope of a spike').selectOption('boxcar')
    await expect.poll(async () => atan.equals(await slope.screenshot())).toBe(false)
    expect(page.url()).toContain('surrogate=boxcar')
    expect(wrong).toEqual([])
    await page.context().close()
  })

  inBrowser('trains on WebGPU as well, to the losses and the error of the cpu', async () => {
    const small =
      'hidden=16&time=8&batch=64&steps=40&contender=eligibility,learningRate:0.03&contender=rfg,directions:2,learningRate:0.01'
    const contenders: Awaited<ReturnType<typeof recordOf>>['contenders'][] = []
    for (const backend of ['cpu', 'webgpu']) {
      const { page, wrong } = await visit(stage.browser, stage.url, `${small}&backend=${backend}`)
      await isStatus(page, 'done')
      expect(await page.getByTestId('status').textContent()).toContain(backend)
      contenders.push((await recordOf(page)).contenders)
      expect(wrong).toEqual([])
      await page.context().close()
    }
    const [cpu, gpu] = contenders as [(typeof contenders)[0], (typeof contenders)[0]]
    expect(gpu.map((l) => l.step)).toEqual([40, 40])
    gpu.forEach(({ firstLosses, relativeL2 }, i) => {
      expect(relativeL2 / cpu[i]!.relativeL2).toBeCloseTo(1, 1)
      // Every loss is read on the cpu, every tenth on a GPU.
      expect(firstLosses[0]! / cpu[i]!.firstLosses[9]!).toBeCloseTo(1, 2)
      expect(firstLosses[1]! / cpu[i]!.firstLosses[19]!).toBeCloseTo(1, 2)
    })
  })

  inBrowser('gives the same run again for a copied link', async () => {
    const hash =
      'problem=parabola&hidden=12,8&time=9&key=7&steps=40&surrogate=erf&batch=50&contender=rfg,directions:2,learningRate:0.01'
    const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] }
    const first = await visit(stage.browser, stage.url, hash, clipboard)
    await isStatus(first.page, 'done')
    const before = await recordOf(first.page)
    await first.page.getByRole('button', { name: 'Copy link' }).click()
    await first.page.getByText('Link copied').first().waitFor()
    const link = await first.page.evaluate(() => navigator.clipboard.readText())
    expect(link).toBe(before.link)
    const second = await visit(stage.browser, link)
    await isStatus(second.page, 'done')
    const after = await recordOf(second.page)
    expect(before.settings).toMatchObject({ problem: 'parabola', hidden: [12, 8], time: 9, key: 7, surrogate: 'erf' })
    expect(before.contenders[0]!.firstLosses).toHaveLength(40)
    expect(after.settings).toEqual(before.settings)
    expect(after.contenders[0]!.firstLosses).toEqual(before.contenders[0]!.firstLosses)
    await first.page.context().close()
    await second.page.context().close()
  })

  inBrowser('works by keyboard alone', async () => {
    const { page } = await visit(stage.browser, stage.url)
    await reached(page, 10)
    const focus = (): Promise<string> =>
      page.evaluate(() => {
        const e = document.activeElement
        return e?.getAttribute('aria-roledescription') ?? e?.textContent?.trim() ?? ''
      })
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 60 && (await focus()) !== name; i++) await page.keyboard.press('Tab')
      expect(await focus()).toBe(name)
    }
    await tabTo('Skip to the network')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('learn')
    await tabTo('3D picture')
    await tabTo('Pause')
    await page.keyboard.press('Enter')
    await isStatus(page, 'paused')
    const step = async (): Promise<number> =>
      Number(await page.locator('[data-testid=status]').getAttribute('data-step'))
    const before = await step()
    await tabTo('Step')
    await page.keyboard.press('Enter')
    await page.waitForFunction(
      (n) => Number(document.querySelector('[data-testid=status]')?.getAttribute('data-step')) > n,
      before,
    )
    // Paused, so that only the key changes the picture.
    const surface = page.getByRole('application').first()
    await page.waitForTimeout(600)
    const still = await surface.screenshot()
    await surface.focus()
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight')
    await page.waitForTimeout(400)
    expect(still.equals(await surface.screenshot())).toBe(false)
    await tabTo('Go on')
    await page.keyboard.press('Space')
    await isStatus(page, 'running')
    const far = await step()
    await tabTo('Reset')
    await page.keyboard.press('Enter')
    await page.waitForFunction(
      (n) => Number(document.querySelector('[data-testid=status]')?.getAttribute('data-step')) < n,
      far,
    )
    await page.context().close()
  })

  inBrowser('is turned by mouse and finger, and a source is drawn by finger, on a phone', async () => {
    const { page, wrong } = await visit(stage.browser, stage.url, '', {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await reached(page, 5)
    await page.getByRole('button', { name: 'Pause' }).click()
    await isStatus(page, 'paused')
    await page.waitForTimeout(600)
    const surface = page.getByRole('application').first()
    await surface.scrollIntoViewIfNeeded()
    const fingers = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at: readonly (readonly [number, number])[]) =>
      fingers.send('Input.dispatchTouchEvent', { type, touchPoints: at.map(([x, y], id) => ({ x, y, id })) })
    /** From one point to another, a few pixels at a time. */
    const drag = async (from: readonly [number, number][], by: readonly [number, number][]): Promise<void> => {
      await touch('touchStart', from)
      for (let k = 1; k <= 8; k++)
        await touch(
          'touchMove',
          from.map(([x, y], i) => [x + (by[i]![0] * k) / 8, y + (by[i]![1] * k) / 8]),
        )
      await touch('touchEnd', [])
    }
    const changes = async (act: (x: number, y: number) => Promise<void>): Promise<void> => {
      const before = await surface.screenshot()
      const box = (await surface.boundingBox())!
      await act(box.x + box.width / 2, box.y + box.height / 2)
      await page.waitForTimeout(400)
      expect(before.equals(await surface.screenshot())).toBe(false)
    }
    await changes(async (x, y) => {
      await page.mouse.move(x, y)
      await page.mouse.down()
      await page.mouse.move(x + 60, y, { steps: 4 })
      await page.mouse.up()
    })
    await changes((x, y) => drag([[x, y]], [[-80, 0]]))
    await changes((x, y) =>
      drag(
        [
          [x - 20, y],
          [x + 20, y],
        ],
        [
          [-50, 0],
          [50, 0],
        ],
      ),
    )
    const sketch = page.getByRole('application', { name: /Source term/ })
    await sketch.scrollIntoViewIfNeeded()
    const told = page.locator('[data-testid=operator-error]:not([data-error=""])')
    const before = await told.getAttribute('data-error')
    const box = (await sketch.boundingBox())!
    await drag([[box.x + 30, box.y + 150]], [[box.width - 60, -110]])
    await expect.poll(() => told.getAttribute('data-error')).not.toBe(before)
    expect(wrong).toEqual([])
    await page.context().close()
  })

  inBrowser('is accessible: axe-core finds nothing, light and dark, wide and narrow; nothing overflows', async () => {
    for (const [scheme, width] of [
      ['light', 1280],
      ['dark', 360],
    ] as const) {
      const { page } = await visit(stage.browser, stage.url, '', {
        colorScheme: scheme,
        reducedMotion: 'reduce',
        viewport: { width, height: 780 },
      })
      await reached(page, 40)
      await page.getByRole('button', { name: 'Pause' }).click()
      await isStatus(page, 'paused')
      await page.evaluate(() => scrollTo(0, 0))
      await picture(page, `learn-${scheme}-${width}`, 100)
      expect(await heroGap(page)).toBeLessThan(MOST_EMPTY)
      // Sections that are filled only when they come into view, then a dialog, then a message.
      await section(page, 'What it costs').scrollIntoViewIfNeeded()
      await page.getByRole('row', { name: /^\s*bp .*[KM]iB/ }).waitFor()
      await section(page, 'Draw a source').scrollIntoViewIfNeeded()
      await page.waitForSelector('[data-testid=operator-error]:not([data-error=""])')
      expect(await axeFindings(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
      await page.getByRole('button', { name: 'Command', exact: true }).click()
      expect(await axeFindings(page)).toEqual([])
      await page.getByRole('button', { name: 'Close', exact: true }).click()
      // On a phone the forms are folded until the user opens them.
      const form = page.getByLabel('Time steps T')
      expect(await form.isVisible()).toBe(width > 760)
      if (width < 760) await page.getByText('Problem, neurons, estimators and run').click()
      const neurons = section(page, 'Change anything').getByRole('combobox', { name: /^Neuron/ })
      const longest = (box: HTMLSelectElement) =>
        Array.from(box.options).reduce((a, b) => (b.text.length > a.text.length ? b : a)).value
      await neurons.selectOption(await neurons.evaluate(longest))
      await expect.poll(() => cutChoices(page)).toEqual([])
      if (width < 760) await picture(section(page, 'Change anything'), `settings-${scheme}-${width}`, 40)
      await page.getByLabel('Time steps T').fill('0')
      await page.getByLabel('Time steps T').blur()
      await page.getByText('T is 0').waitFor()
      expect(await axeFindings(page)).toEqual([])
      await page.context().close()
    }
  })
})
