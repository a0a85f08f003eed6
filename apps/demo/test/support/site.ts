import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright'

/**
 * Two estimators, short: enough to show that the page trains. The backend is named, since a page that chooses one
 * measures all of them at each first visit.
 */
export const short =
  'backend=cpu&steps=200&contender=eligibility,learningRate:0.03&contender=rfg,directions:4,learningRate:0.002'

/** Two small networks that train on the cpu for this number of steps: for tests that do not ask how well they learn. */
export const small = (steps: number): string =>
  `backend=cpu&hidden=16&time=8&batch=64&steps=${steps}&contender=eligibility,learningRate:0.03&contender=rfg,directions:2,learningRate:0.01`

/** More steps than a test waits for: the run lasts until the page is closed. */
export const ENDLESS = 100_000

/** The site that `npm test` has built, if it runs the tests. */
export const builtSite = process.env['SPIKEWARD_DEMO_SITE']

/**
 * Builds the site into a separate folder and returns its path. Vite would build for development where NODE_ENV says
 * `test`, and the page would be 10 kB larger than the published one.
 */
export async function buildSite(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'spikeward-site-'))
  const root = fileURLToPath(new URL('../..', import.meta.url))
  // Loaded here, since most runs of the tests have a site already.
  const { build } = await import('vite')
  const { NODE_ENV } = process.env
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      root,
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'error',
      mode: 'production',
      build: { outDir, emptyOutDir: true },
    })
  } finally {
    if (NODE_ENV === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = NODE_ENV
  }
  return outDir
}

/** The files of a folder and of its subfolders. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
}

/** The file that is loaded when the chip panel is used, and not before: the HDF5 library. */
export const ofChip = /^hdf5_hl-[^/]*\.js$/

/**
 * Files that no first picture needs: the HDF5 library, equations, operators and chips, the reader of stored networks,
 * the fronts, the twin and the sequences.
 */
export const onDemand = /^(hdf5_hl|later|readRecord|Fronts|Twin|Sequences)-[^/]*\.(js|css)$/

/** A page of the site, and the errors on it. */
export type Visit = {
  readonly page: Page
  /** Errors, violations of the policy and requests to other hosts so far. */
  readonly wrong: readonly string[]
}

/**
 * Opens the site; `hash` is the part after # in its address, `prepare` runs before the page is opened. The page draws
 * each prediction once, and time in its network stands still, unless `options` allow motion: half of a visit's time is
 * drawing.
 */
export async function visit(
  browser: Browser,
  url: string,
  hash = '',
  options: BrowserContextOptions = {},
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    reducedMotion: 'reduce',
    ...options,
  })
  // Only ends a wait that hangs: a busy machine draws slowly.
  context.setDefaultTimeout(300_000)
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol.startsWith('http') && origin !== new URL(url).origin) wrong.push(`request: ${request.url()}`)
  })
  await prepare?.(page)
  await page.goto(`${url}${hash === '' ? '' : `#${hash}`}`)
  return { page, wrong }
}

type Counted = { compiled: number }

/** Makes a page count the WebAssembly modules that its main thread compiles, without those of workers. */
export const countCompilations = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const counted = globalThis as unknown as Counted
    counted.compiled = 0
    WebAssembly.Module = new Proxy(WebAssembly.Module, {
      construct(target, args) {
        counted.compiled++
        return Reflect.construct(target, args) as WebAssembly.Module
      },
    })
    for (const name of ['compile', 'instantiate'] as const) {
      const original = WebAssembly[name] as (...args: unknown[]) => Promise<unknown>
      Object.defineProperty(WebAssembly, name, {
        value: (...args: unknown[]) => {
          counted.compiled++
          return original(...args)
        },
      })
    }
  })

/** The number of modules that it has compiled. */
export const compilations = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as Counted).compiled)

/** Waits until a function is true in the page. Asked in each frame, as is usual, it would make the page draw. */
export const isTrue = <T>(page: Page, what: (given: T) => boolean, given: T): Promise<unknown> =>
  page.waitForFunction(what as (given: unknown) => boolean, given, { polling: 50 })

/** Waits until the address contains a text. */
export const isInAddress = (page: Page, text: string): Promise<unknown> =>
  isTrue(page, (wanted) => decodeURIComponent(location.hash).includes(wanted), text)

/** Waits until some estimator has taken this number of steps. */
export const reached = (page: Page, step: number): Promise<unknown> =>
  isTrue(
    page,
    (wanted) => Number(document.querySelector('[data-testid=status]')?.getAttribute('data-step')) >= wanted,
    step,
  )

/** Waits for a state of the run. */
export const isStatus = (page: Page, status: string): Promise<unknown> =>
  page.waitForSelector(`[data-testid=status][data-status=${status}]`)

type Contender = { estimator: string; step: number; relativeL2: number; firstLosses: number[] }

/** The page's record of the run as JSON. */
export async function recordOf(
  page: Page,
): Promise<{ settings: Record<string, unknown>; link: string; contenders: Contender[] }> {
  await page.getByRole('button', { name: 'JSON', exact: true }).click()
  const text = await page.getByTestId('sheet').textContent()
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  return JSON.parse(text ?? '') as { settings: Record<string, unknown>; link: string; contenders: Contender[] }
}
